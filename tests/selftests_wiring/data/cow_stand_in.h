/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COW_STAND_IN_H
#define COW_STAND_IN_H

#define OURS	0x5a
#define THEIRS	0x3c

#endif /* COW_STAND_IN_H */
