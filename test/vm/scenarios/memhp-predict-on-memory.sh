# The same with the memmap of added memory on itself, where kernel and device let it be there.
#
# shapes: hmem far two cxl
# append: memory_hotplug.memmap_on_memory=1
# needs: memhp
# timeout: 400
# shellcheck shell=sh

# shellcheck source=test/vm/guest/lib.sh
. /usr/lib/guest/lib.sh
# shellcheck source=test/vm/guest/memhp.sh
. /usr/lib/guest/memhp.sh
# shellcheck source=test/vm/guest/predict.sh
. /usr/lib/guest/predict.sh

is "the parameter" "$(cat /sys/module/memory_hotplug/parameters/memmap_on_memory)" Y
predict_all

echo "-- where the device asks for it"
memhp remove --unbound dax0.0 --json >/tmp/out
predict online --zone movable --memmap-on-memory on dax0.0
predict remove --unbound dax0.0
predict add --memmap-on-memory off dax0.0
predict online --zone movable dax0.0
