# What a plan says of zones, of nr_memmap_pages and of kernel memory is what the kernel then has, with
# the memmap of added memory in kernel zones.
#
# shapes: hmem far two cxl
# needs: memhp
# timeout: 400
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/predict.sh
. /usr/lib/guest/predict.sh

is "the parameter" "$(cat /sys/module/memory_hotplug/parameters/memmap_on_memory)" N
predict_all
