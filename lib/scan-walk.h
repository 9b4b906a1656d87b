/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of a scan share: the scan under way, attributes as table rows, names of a
 * directory, and the errors that are kept. Private to scan*.c.
 */
#ifndef MEMHP_SCAN_WALK_H
#define MEMHP_SCAN_WALK_H

#include "parse.h"
#include "scan.h"

struct scan {
	struct io *io;
	struct memhp_snapshot *snapshot;	/* being filled */
	unsigned int parts;			/* enum scan_parts */
	bool deduces;				/* zones of online blocks, where only one is possible */
	const struct memhp_snapshot *base;	/* what was scanned before; NULL: nothing */
	bool reuses;				/* of it, which blocks there are and zones of online ones */
	char *text;				/* the last file read */
	size_t text_size;
	bool no_blocks;				/* the kernel was built without them */
	const struct scan_watch *watch;		/* NULL: nobody wants blocks before the end */
	size_t told;				/* index: blocks before it have been given */
	size_t complete;			/* index: blocks before it are complete with their state */
	size_t device_capacity;
	size_t error_capacity;
};

/*
 * scan_read - a whole file, terminated, in scan->text until the next read. -ENOENT: this machine
 * does not have it; what else fails is noted among the errors.
 */
int scan_read(struct scan *scan, const char *path, struct piece *ret_text);
/* scan_note - keeps what could not be read; RC is negative. -ENOMEM or 0. */
int scan_note(struct scan *scan, const char *path, int rc, const char *message);
/* strerror, by a table of what the kernel's files say. */
const char *scan_errno_message(int rc);

/* One attribute: its file below the object's directory, how it is read, and the member it fills. */
struct attribute {
	const char *file;
	/* -EINVAL: not understood; the member is left as it was. */
	int (*take)(struct scan *scan, struct piece text, void *member);
	size_t offset;
};
int take_decimal(struct scan *scan, struct piece text, void *member);	/* uint64_t; also 0x */
int take_hex(struct scan *scan, struct piece text, void *member);	/* uint64_t */
int take_signed(struct scan *scan, struct piece text, void *member);	/* int64_t */
int take_int(struct scan *scan, struct piece text, void *member);	/* int */
int take_text(struct scan *scan, struct piece text, void *member);	/* const char * */
int take_bool(struct scan *scan, struct piece text, void *member);	/* enum tristate */

/*
 * scan_attributes - every row's file below DIR into OBJECT. An absent file leaves its member as it
 * was, anything else that fails is noted. -ENOMEM or 0.
 */
int scan_attributes(struct scan *scan, const char *dir, const struct attribute *rows, size_t count,
		    void *object);
/* scan_attribute - one row; -ENOENT, or what else failed, which has then been noted. */
int scan_attribute(struct scan *scan, const char *dir, const struct attribute *row, void *object);

/* scan_unread - PATH, which is there, is a part of DEVICE that could not be read. -ENOMEM or 0. */
int scan_unread(struct scan *scan, struct memhp_device *device, enum device_unread part, const char *path, int rc);

/* Names of a directory, sorted; strings in the snapshot's arena. */
struct names {
	char **items;
	int rc;		/* what listing them came to */
	size_t count;
	size_t capacity;
};
void names_cleanup(struct names *names);	/* for _cleanup_ */
/* scan_names - the names in DIR that begin with PREFIX. An absent directory has none. -ENOMEM or 0. */
int scan_names(struct scan *scan, const char *dir, const char *prefix, struct names *names);
/* scan_link - the text of a link; -ENOENT. */
int scan_link(struct scan *scan, const char *path, char buffer[IO_PATH_MAX]);
/* The last component of a path. */
const char *path_name(const char *path);

/* What has to be known of the machine as a whole before its blocks are read: several parts. -ENOMEM or 0. */
int scan_around(struct scan *scan);

/* The parts; each -ENOMEM or 0. */
int scan_machine(struct scan *scan);
int scan_journal(struct scan *scan);	/* the machine has been read */
int scan_arrivals(struct scan *scan);	/* the machine and its blocks have been read */
void scan_page_size(struct scan *scan);
int scan_struct_page(struct scan *scan);
int scan_nodes(struct scan *scan);
int scan_zones(struct scan *scan);
/* Where there are no nodes and zones have been read: the one that there is; and, with the page size, its size. */
int scan_one_node(struct scan *scan);
void scan_one_node_size(struct scan *scan);
int scan_regions(struct scan *scan);
int scan_firmware(struct scan *scan);
int scan_hidden_regions(struct scan *scan);	/* what these do not show; after owners, without I/O */
int scan_dax(struct scan *scan);
/*
 * scan_dax_held - finds out whether DEVICE, at DIR, keeps who reads its size waiting; its driver and memmap
 * attribute have been read. dax_is_held: it does, and its size and mappings are not known.
 */
int scan_dax_held(struct scan *scan, struct memhp_device *device, const char *dir);
bool dax_is_held(const struct memhp_device *device);
int scan_memdevs(struct scan *scan, struct memhp_device *device);	/* of its CXL region */
int scan_acpi(struct scan *scan);	/* also gives its blocks their owner; blocks are listed */
int scan_virtio(struct scan *scan);	/* regions have been read */
int scan_setup(struct scan *scan);	/* the machine has been read */
int scan_udev(struct scan *scan);	/* likewise */
/* A new device at the end of the snapshot's, all unknown. NULL: no memory, or too many. */
struct memhp_device *scan_add_device(struct scan *scan, enum memhp_device_kind kind,
				     const char *name);

/* Blocks: listed (-ENOENT: there is no such directory), given nodes, read; and listed again. */
int scan_block_list(struct scan *scan);
int scan_block_nodes(struct scan *scan);
int scan_block_states(struct scan *scan);
/*
 * scan_tell - who watches is given the blocks before END that he has not been given. scan_tell_all: all that
 * are left, for the scan stands; or that there are none.
 */
void scan_tell(struct scan *scan, size_t end);
void scan_tell_all(struct scan *scan);
int scan_block_list_again(struct scan *scan, bool *ret_same);

/*
 * scan-again.c: what need not be listed again. again_begin() finds out whether blocks may be taken from
 * the scan before, again_is_same() whether they are at the end what they were at the beginning. A size
 * of 0 is not known from there.
 */
int again_begin(struct scan *scan);
int again_copy_blocks(struct scan *scan);
/*
 * The zone that BLOCK, which is online, was in when it was online before: to get into another it would have
 * had to go offline, with an event. ZONES_UNKNOWN: not known from there. The scan reuses.
 */
zone_set again_zone(const struct scan *scan, const struct memhp_block *block);
/* The blocks of the ACPI device NAME, which is now DEVICE; false: they have to be looked for. */
bool again_copy_owner(struct scan *scan, const char *name, uint16_t device);
int again_is_same(struct scan *scan, bool *ret_same);
uint64_t again_struct_page_size(const struct scan *scan);

/*
 * scan-deduce.c: the zone of an online block as spans of zones leave no other, ZONE_INDEX_NONE where
 * they do; and whether the spans are still as they were.
 */
bool deduce_is_possible(const struct memhp_snapshot *snapshot);
uint8_t deduce_zone(const struct memhp_snapshot *snapshot, const struct memhp_block *block);
int deduce_still_holds(struct scan *scan, bool *ret_same);

/*
 * firmware_share - how much of a device's memory entries of the firmware's map hold that hold nothing
 * else; 0 if another entry holds some of it too.
 */
uint64_t firmware_share(const struct memhp_snapshot *snapshot, const struct memhp_device *device);

/* From what was read to who owns what; no I/O. */
int scan_owners(struct scan *scan);
/* Which of what seems to have leaked may go yet; states have been read. */
void scan_leaving(struct memhp_snapshot *snapshot);
/*
 * Where struct pages lie: what follows before blocks are read, with the index of the first of which it
 * does not; and what follows from their zones.
 */
size_t scan_memmap_before(struct scan *scan);
void scan_memmap(struct scan *scan);
void scan_spread_memmap(struct memhp_snapshot *snapshot);

#endif
