#!/usr/sbin/dtrace -s
/*
 * From a wake-up to running, for both peers, in ns.
 *
 *   ipcbench trace pipe -- native/dtrace/wake-up.d
 *
 * For illumos and FreeBSD (macOS has no sched:::wakeup); it has not been run on
 * Linux.
 */
#pragma D option quiet

sched:::wakeup
/args[1]->pr_pid == $1 || args[1]->pr_pid == $2/
{
	woken[args[0]->pr_addr] = timestamp;
}

sched:::on-cpu
/(pid == $1 || pid == $2) && woken[curlwpsinfo->pr_addr]/
{
	@[pid == $1 ? "client" : "server"] = quantize(timestamp - woken[curlwpsinfo->pr_addr]);
	woken[curlwpsinfo->pr_addr] = 0;
}

proc:::exit
/pid == $1 || pid == $2/
{
	exit(0);
}
