{
  "targets": [
    {
      "target_name": "ctnative",
      "sources": [
        "src-native/bind/addon.cc",
        "src-native/bind/batch.cc",
        "src-native/bind/poll.cc",
        "src-native/bind/process.cc",
        "src-native/bind/socket.cc",
        "src-native/sys/batch.c",
        "src-native/sys/cgroup.c",
        "src-native/sys/devices.c",
        "src-native/sys/file.c",
        "src-native/sys/memfd.c",
        "src-native/sys/mount.c",
        "src-native/sys/netlink.c",
        "src-native/sys/network.c",
        "src-native/sys/network-device.c",
        "src-native/sys/network-namespace.c",
        "src-native/sys/process.c",
        "src-native/sys/socket.c",
        "src-native/sys/spawn.c",
        "src-native/sys/stream.c",
        "src-native/sys/terminal.c",
        "src-native/sys/userns.c",
        "src-native/sys/watch.c"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_CPP_EXCEPTIONS_ALL"],
      "cflags": ["-Wall", "-Wextra", "-Wno-missing-field-initializers"],
      "cflags_c": ["-std=gnu11"],
      "cflags_cc": ["-fexceptions"],
      "cflags_cc!": ["-fno-exceptions"]
    },
    {
      "target_name": "ctn-init",
      "type": "executable",
      "sources": [
        "nsenter/copy.c",
        "nsenter/main.c",
        "nsenter/mount.c",
        "nsenter/report.c",
        "nsenter/root.c",
        "nsenter/step_close.c",
        "nsenter/step_dev.c",
        "nsenter/step_exec.c",
        "nsenter/step_home.c",
        "nsenter/step_hook.c",
        "nsenter/step_label.c",
        "nsenter/step_namespace.c",
        "nsenter/step_process.c",
        "nsenter/step_remount.c",
        "nsenter/step_root.c",
        "nsenter/step_scheduling.c",
        "nsenter/step_stdio.c",
        "nsenter/step_tree.c",
        "nsenter/string.c"
      ],
      "cflags": ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-ffreestanding", "-fno-stack-protector",
                 "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-fno-pie", "-fno-pic"],
      "cflags!": ["-pthread", "-fPIC", "-fno-omit-frame-pointer"],
      "ldflags": ["-nostdlib", "-static", "-no-pie", "-s", "-Wl,--gc-sections", "-Wl,--build-id=none",
                  "-Wl,-z,noseparate-code"],
      "ldflags!": ["-rdynamic", "-pthread"],
      "libraries!": ["-lm"]
    }
  ]
}
