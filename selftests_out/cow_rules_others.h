/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other processes of a case.
 *
 * They do their part and then stand still: they answer what they are asked,
 * through a socket, and touch nothing otherwise.  So the order of things is
 * never left to time.
 */
#ifndef COW_RULES_OTHERS_H
#define COW_RULES_OTHERS_H

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Nobody survives the one who started them, not even who was only just started. */
static inline void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(KSFT_FAIL);
}

#define STACK (256 * 1024)

struct life {
	struct testpage *p;
	int sock;
	pid_t parent;
	void (*live)(struct testpage *p, int sock);
};

static inline int begin_life(void *arg)
{
	struct life *life = arg;

	die_with(life->parent);
	life->live(life->p, life->sock);
	_exit(0);
}

/*
 * fork(), but the child has a stack of its own in shared memory: a kernel that
 * gets copy-on-write wrong must not confuse those who find that out.
 */
static inline pid_t fork_to(struct testpage *p, void (*live)(struct testpage *p, int sock),
			    int sock)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct life *life = (struct life *)stack;
	pid_t pid;

	if (stack == MAP_FAILED)
		skip(p, "memory for another process");
	*life = (struct life){ .p = p, .sock = sock, .parent = getpid(), .live = live };
	pid = clone(begin_life, stack + STACK, SIGCHLD, life);
	if (pid < 0)
		skip(p, "another process: %s", strerror(errno));
	return pid;
}

static inline struct peer *new_peer(struct testpage *p)
{
	struct peer *peer = &p->peers[p->nr_peers];
	int ends[2];

	if (p->nr_peers == MAX_PEERS || socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		skip(p, "a way to talk to another process");
	peer->mine = ends[0];
	peer->theirs = ends[1];
	p->nr_peers++;
	return peer;
}

/* What can be asked of somebody who stands still. */
enum question { ASK_READY, ASK_VIEW, ASK_PAGEMAP, ASK_EXIT };

/* What somebody else sees of the page. */
enum view { CHANGED, UNCHANGED, SEES_NOTHING };

static inline __u64 ask(struct testpage *p, struct peer *peer, enum question question)
{
	__u64 answer;
	char asked = question;

	if (send(peer->mine, &asked, 1, MSG_NOSIGNAL) != 1 ||
	    recv(peer->mine, &answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		fail(p, "the other process died");
	return answer;
}

/* Answer questions until the other end is closed, and touch nothing otherwise. */
static inline void stand_still(struct testpage *p, int sock, bool (*unchanged)(struct testpage *p))
{
	__u64 answer;
	char question;

	while (recv(sock, &question, 1, 0) == 1) {
		answer = 0;
		if (question == ASK_VIEW)
			answer = !unchanged ? SEES_NOTHING : unchanged(p) ? UNCHANGED : CHANGED;
		else if (question == ASK_PAGEMAP)
			answer = pagemap(p->mem);
		if (send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
		if (question == ASK_EXIT)
			break;
	}
}

/* Start somebody else, and wait until they have done their part. */
static inline struct peer *start_peer(struct testpage *p, struct peer *peer,
				      void (*live)(struct testpage *p, int sock))
{
	peer->pid = fork_to(p, live, peer->theirs);
	close(peer->theirs);
	ask(p, peer, ASK_READY);
	return peer;
}

/* What a child that has kept its mapping compares. */
static inline bool memory_unchanged(struct testpage *p)
{
	return holds(p->mem, p->size, p->seed);
}

/* A child that has the same mapping and does nothing with it. */
static inline void keep_mapping(struct testpage *p, int sock)
{
	/* Nothing there: fork() leaves it to the child to fault in what it can read again. */
	if (!(pagemap(p->mem) & (SEEN_PRESENT | SEEN_SWAPPED)))
		touch(p->mem, p->size);
	stand_still(p, sock, memory_unchanged);
}

static inline void be_me(struct testpage *p, int sock)
{
	(void)sock;
	close(p->peers[0].theirs);
	ask(p, &p->peers[0], ASK_READY);
	p->go_on(p);
}

/*
 * From here on a new child is "I".  Who calls this is the other one, does
 * their part after the fork, and stands still; does not return.
 */
static inline __noreturn void turn_roles(struct testpage *p, void (*part)(struct testpage *p),
					 bool (*unchanged)(struct testpage *p))
{
	struct peer *peer = new_peer(p);
	pid_t pid = fork_to(p, be_me, peer->theirs);
	int status;

	close(peer->mine);
	if (part)
		part(p);
	stand_still(p, peer->theirs, unchanged);
	if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		fail(p, "died of signal %d", WTERMSIG(status));
	_exit(0);
}
#endif
