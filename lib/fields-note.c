/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a machine wants an operator's attention: one row per kind of note, found while walking and
 * put into words when asked for. A note never decides anything; that is for rules.
 */
#include <inttypes.h>

#include "explain.h"
#include "fields.h"
#include "journal.h"
#include "memmap-host.h"
#include "rule.h"

/* A note's parts. Texts that hold numbers are written into BUFFER, which the value brings along. */
struct note_row {
	const char *word;
	/* What there is to look at: devices one by one, or the machine once. */
	bool by_device;
	bool (*applies)(const struct memhp_snapshot *snapshot, size_t index);
	const char *(*subject)(const struct memhp_snapshot *snapshot, size_t index);
	void (*message)(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			size_t size);
	void (*remedy)(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
		       size_t size);
};

static const char *device_subject(const struct memhp_snapshot *snapshot, size_t index)
{
	return snapshot->devices[index].name;
}

/* A DIMM's memory may have been there at boot, and is then no concern of anybody's. */
static bool is_hot_block(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			 size_t device)
{
	return snapshot->devices[device].kind != MEMHP_DEVICE_ACPI ||
	       block->origin == MEMHP_ORIGIN_ACPI;
}

/* Blocks of a device that are online in a kernel zone (KERNEL) or offline, and all of them. */
static size_t device_blocks(const struct memhp_snapshot *snapshot, size_t device, bool kernel,
			    size_t *ret_all)
{
	struct device_walk walk = { .device = (uint16_t)device };
	const struct memhp_block *block;
	size_t count = 0;

	*ret_all = 0;
	while ((block = device_block_next(snapshot, &walk)) != NULL) {
		if (!is_hot_block(snapshot, block, device))
			continue;
		(*ret_all)++;
		if (kernel)
			count += block->state == MEMHP_STATE_ONLINE && block->zones != ZONES_NONE &&
				 (block->zones & (zone_set)~ZONES_KERNEL) == 0;
		else
			count += block->state == MEMHP_STATE_OFFLINE;
	}
	return count;
}

/* Memory that was meant to be given back: of dax devices and of DIMMs. virtio_mem looks after its own. */
static bool is_hot_memory(const struct memhp_snapshot *snapshot, size_t index)
{
	return snapshot->devices[index].kind != MEMHP_DEVICE_VIRTIO_MEM &&
	       device_mode(&snapshot->devices[index]) == MEMHP_MODE_SYSTEM_RAM;
}

static bool in_kernel_zone(const struct memhp_snapshot *snapshot, size_t index)
{
	size_t all;

	return is_hot_memory(snapshot, index) && device_blocks(snapshot, index, true, &all) > 0;
}

static void in_kernel_zone_message(const struct memhp_snapshot *snapshot, size_t index,
				   char *buffer, size_t size)
{
	size_t all;
	size_t count = device_blocks(snapshot, index, true, &all);

	text_format(buffer, size,
		    "%zu of %zu blocks are online in a kernel zone and may never come out again",
		    count, all);
}

static void in_kernel_zone_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
				  size_t size)
{
	memmap_advise_movable(snapshot, (uint16_t)index, buffer, size);
}

static bool is_idle(const struct memhp_snapshot *snapshot, size_t index)
{
	size_t all;

	return is_hot_memory(snapshot, index) && device_blocks(snapshot, index, false, &all) > 0;
}

static void idle_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			 size_t size)
{
	size_t all;
	size_t count = device_blocks(snapshot, index, false, &all);

	text_format(buffer, size, "%zu of %zu blocks are offline: added, but not in use", count,
		    all);
}

/* Blocks of a device that page flags say will hardly go, and those whose flags were read. */
static size_t held_blocks(const struct memhp_snapshot *snapshot, size_t device, size_t *ret_read)
{
	size_t count = 0, i;

	*ret_read = 0;
	for (i = 0; i < snapshot->pages_count; i++) {
		const struct memhp_block *block =
			snapshot_block(snapshot, snapshot->pages[i].number);

		if (block->device != device || snapshot->pages[i].error != 0)
			continue;
		(*ret_read)++;
		count += explain_block(snapshot, block).offlineable <= OFFLINEABLE_UNLIKELY;
	}
	return count;
}

static bool is_held(const struct memhp_snapshot *snapshot, size_t index)
{
	size_t read;

	return is_hot_memory(snapshot, index) && held_blocks(snapshot, index, &read) > 0;
}

static void held_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			 size_t size)
{
	size_t read;
	size_t count = held_blocks(snapshot, index, &read);

	text_format(buffer, size, "%zu of %zu online blocks hold pages that cannot be moved now",
		    count, read);
}

static void held_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			size_t size)
{
	text_format(buffer, size, "memhp list blocks --pages --target %s",
		    snapshot->devices[index].name);
}

static bool is_trimmed(const struct memhp_snapshot *snapshot, size_t index)
{
	const struct memhp_device *device = &snapshot->devices[index];
	uint64_t bytes;

	return device->kind == MEMHP_DEVICE_DAX && is_hot_memory(snapshot, index) &&
	       device_trimmed_bytes(snapshot, device, &bytes) && bytes > 0;
}

static void trimmed_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			    size_t size)
{
	char text[32];
	uint64_t bytes = 0;

	(void)device_trimmed_bytes(snapshot, &snapshot->devices[index], &bytes);
	size_to_text(bytes, text, sizeof(text));
	text_format(buffer, size, "%s of it fill no whole block, and cannot be used", text);
}

/* By node; -1 where no node counts. */
static int64_t poisoned_pages(const struct memhp_snapshot *snapshot)
{
	int64_t pages = -1;
	size_t i;

	for (i = 0; i < snapshot->node_count; i++)
		if (snapshot->nodes[i].poisoned_pages >= 0)
			pages = MAX(pages, (int64_t)0) + snapshot->nodes[i].poisoned_pages;
	return pages;
}

static bool is_poisoned(const struct memhp_snapshot *snapshot, size_t index)
{
	return poisoned_pages(snapshot) > 0;
}

static const char *poisoned_subject(const struct memhp_snapshot *snapshot, size_t index)
{
	return "memory_failure";
}

static void poisoned_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			     size_t size)
{
	text_format(buffer, size, "%" PRId64 " pages of memory have failed since boot",
		    poisoned_pages(snapshot));
}

static void poisoned_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			    size_t size)
{
	text_copy(buffer, size, "a block with such a page does not come online again");
}

static bool is_leaked(const struct memhp_snapshot *snapshot, size_t index)
{
	return snapshot->devices[index].leaked;
}

static void leaked_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			   size_t size)
{
	text_copy(buffer, size,
		  snapshot->devices[index].leaving ?
			  "it has no driver any more, but the kernel has its memory yet: another "
			  "block is going offline, which that may wait for" :
			  "it has no driver, but the kernel has kept its memory");
}

static void leaked_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			  size_t size)
{
	text_copy(buffer, size,
		  snapshot->devices[index].leaving ? "look again when that has ended" :
						     "only a reboot gives it back");
}

/* Whether memory that is added now goes online in a kernel zone before anyone can act. */
static bool auto_online_is_kernel(const struct memhp_snapshot *snapshot, size_t index)
{
	const struct machine *machine = &snapshot->machine;
	size_t i;

	if (machine->auto_online != WORD_ONLINE_KERNEL &&
	    (machine->auto_online != WORD_ONLINE || machine->movable_node == TRI_YES))
		return false;
	for (i = 0; i < snapshot->device_count; i++)
		if (snapshot->devices[i].kind == MEMHP_DEVICE_DAX)
			return true;
	return false;
}

static const char *auto_online_subject(const struct memhp_snapshot *snapshot, size_t index)
{
	return "auto_online_blocks";
}

static void auto_online_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
				size_t size)
{
	text_format(buffer, size,
		    "is \"%s\": the kernel may put device memory in a kernel zone at once",
		    online_word_name(snapshot->machine.auto_online));
}

static void auto_online_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			       size_t size)
{
	text_copy(buffer, size, "boot with memhp_default_state=offline or online_movable");
}

static bool iomem_is_hidden(const struct memhp_snapshot *snapshot, size_t index)
{
	return !snapshot->machine.iomem_known;
}

static const char *iomem_subject(const struct memhp_snapshot *snapshot, size_t index)
{
	return "/proc/iomem";
}

static void iomem_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			  size_t size)
{
	text_copy(buffer, size,
		  snapshot->machine.iomem_silent ?
			  "tells of no memory: where it came from is partly unknown" :
			  "shows no addresses: where memory came from is partly unknown");
}

static void iomem_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			 size_t size)
{
	text_copy(buffer, size,
		  snapshot->machine.iomem_silent ? "see that /proc is mounted, and not masked" :
						   "look (or record) as root");
}

/* A kernel with blocks has some from boot on, and says how large they are. */
static bool shows_no_blocks(const struct memhp_snapshot *snapshot, size_t index)
{
	return snapshot->block_count == 0 && snapshot->machine.block_size == 0;
}

static const char *no_blocks_subject(const struct memhp_snapshot *snapshot, size_t index)
{
	return "memory blocks";
}

static void no_blocks_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			      size_t size)
{
	text_copy(buffer, size, "none is shown: nothing is known of them");
}

static void no_blocks_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			     size_t size)
{
	text_copy(buffer, size, "see that /sys is mounted, and not masked");
}

static bool bracket_is_open(const struct memhp_snapshot *snapshot, size_t index)
{
	return snapshot->journal.count > 0 && !snapshot->journal.alive;
}

static const char *bracket_subject(const struct memhp_snapshot *snapshot, size_t index)
{
	return "/run/memhp/journal";
}

static void bracket_message(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			    size_t size)
{
	const struct journal *journal = &snapshot->journal;

	if (journal->count == 1 && journal_find_kind(journal, BRACKET_OTHERS) != NULL)
		text_copy(buffer, size,
			  "an earlier run was killed before it could online what appeared while it "
			  "was at work");
	else
		text_copy(buffer, size,
			  "an earlier run was killed and left settings of the kernel changed");
}

static void bracket_remedy(const struct memhp_snapshot *snapshot, size_t index, char *buffer,
			   size_t size)
{
	text_copy(buffer, size, "memhp recover");
}

static const struct note_row rows[] = {
	{ "leaked", true, is_leaked, device_subject, leaked_message, leaked_remedy },
	{ "interrupted-run", false, bracket_is_open, bracket_subject, bracket_message,
	  bracket_remedy },
	{ "no-blocks", false, shows_no_blocks, no_blocks_subject, no_blocks_message,
	  no_blocks_remedy },
	{ "kernel-zone", true, in_kernel_zone, device_subject, in_kernel_zone_message,
	  in_kernel_zone_remedy },
	{ "held", true, is_held, device_subject, held_message, held_remedy },
	{ "offline", true, is_idle, device_subject, idle_message, NULL },
	{ "trimmed", true, is_trimmed, device_subject, trimmed_message, NULL },
	{ "memory-failure", false, is_poisoned, poisoned_subject, poisoned_message,
	  poisoned_remedy },
	{ "auto-online", false, auto_online_is_kernel, auto_online_subject, auto_online_message,
	  auto_online_remedy },
	{ "iomem-hidden", false, iomem_is_hidden, iomem_subject, iomem_message, iomem_remedy },
};

/* INDEX counts every row's subjects in turn: the machine is one, devices are as many as there are. */
bool note_next(const struct memhp_snapshot *snapshot, size_t *index, struct note *ret_note)
{
	size_t first = 0;
	size_t row;

	for (row = 0; row < ARRAY_SIZE(rows); row++) {
		size_t count = rows[row].by_device ? snapshot->device_count : 1;

		for (; *index < first + count; (*index)++) {
			size_t subject = *index - first;

			if (!rows[row].applies(snapshot, subject))
				continue;
			*ret_note =
				(struct note){ .row = (uint32_t)row, .index = (uint32_t)subject };
			(*index)++;
			return true;
		}
		first += count;
	}
	return false;
}

static const struct note_row *row_of(const struct memhp_object *object)
{
	return &rows[((const struct note *)object->item)->row];
}

GETTER(get_word)
{
	value_text(ret_value, row_of(object)->word);
}

GETTER(get_subject)
{
	const struct note *note = object->item;

	value_text(ret_value, row_of(object)->subject(object->owner, note->index));
}

GETTER(get_message)
{
	const struct note *note = object->item;

	row_of(object)->message(object->owner, note->index, ret_value->buffer,
				sizeof(ret_value->buffer));
	value_text(ret_value, ret_value->buffer);
}

GETTER(get_remedy)
{
	const struct note *note = object->item;

	if (row_of(object)->remedy == NULL) {
		value_null(ret_value);
		return;
	}
	row_of(object)->remedy(object->owner, note->index, ret_value->buffer,
			       sizeof(ret_value->buffer));
	value_text(ret_value, ret_value->buffer);
}

const struct memhp_field note_fields[] = {
	ROW("note", "NOTE", STRING, NONE, SHOWN, get_word, 0,
	    "what kind of thing wants attention, in one word"),
	ROW("subject", "SUBJECT", STRING, NONE, SHOWN, get_subject, 0, "what it is about"),
	ROW("message", "MESSAGE", STRING, NONE, SHOWN, get_message, 0, "what is the matter"),
	ROW("remedy", "REMEDY", STRING, NONE, SHOWN, get_remedy, 0, "the way out"), END_ROW
};
