#!/usr/sbin/dtrace -s
/*
 * What happens to the peers of a trial in their timed windows: time on the
 * processor, from a wake-up to running, and every system call.
 *
 *   dtrace -q -s anatomy.d CLIENT-PID SERVER-PID
 *
 * For illumos, macOS and FreeBSD. It has not been run on Linux, which has no
 * DTrace of its own, and the suite's peers have not been built elsewhere yet:
 * take it as a start.
 *
 * A peer's window lies between its first and its second getrusage(2) (rusagesys
 * on illumos). Output: one line per figure, `name side [call] value`; times in
 * ns, side as the process id.
 */
#pragma D option quiet
#pragma D option aggsortkey

syscall::getrusage:return, syscall::rusagesys:return
/(pid == $1 || pid == $2) && !edges[pid]/
{
	edges[pid] = 1;
	begin[pid] = timestamp;
	self->on = timestamp;
}

syscall::getrusage:entry, syscall::rusagesys:entry
/(pid == $1 || pid == $2) && edges[pid] == 1 && begin[pid] < timestamp/
{
	edges[pid] = 2;
	@window[pid] = sum(timestamp - begin[pid]);
	@on[pid] = sum(self->on ? timestamp - self->on : 0);
	ended++;
}

syscall:::entry
/(pid == $1 || pid == $2) && edges[pid] == 1/
{
	self->since = timestamp;
	@calls[pid, probefunc] = count();
}

syscall:::return
/self->since/
{
	@call[pid, probefunc] = sum(timestamp - self->since);
	self->since = 0;
}

sched:::on-cpu
/(pid == $1 || pid == $2) && edges[pid] == 1/
{
	self->on = timestamp;
}

sched:::on-cpu
/(pid == $1 || pid == $2) && edges[pid] == 1 && woken[curlwpsinfo->pr_addr]/
{
	@runnable[pid] = sum(timestamp - woken[curlwpsinfo->pr_addr]);
	@wakeup[pid] = sum(timestamp - woken[curlwpsinfo->pr_addr]);
	@wakeups[pid] = count();
	woken[curlwpsinfo->pr_addr] = 0;
}

sched:::off-cpu
/(pid == $1 || pid == $2) && edges[pid] == 1 && self->on/
{
	@on[pid] = sum(timestamp - self->on);
	self->on = 0;
}

sched:::wakeup
/args[1]->pr_pid == $1 || args[1]->pr_pid == $2/
{
	woken[args[0]->pr_addr] = timestamp;
}

proc:::exit
/pid == $1 || pid == $2/
{
	exit(0);
}

syscall:::entry
/ended == 2/
{
	exit(0);
}

END
{
	printa("window_ns %d %@d\n", @window);
	printa("on_ns %d %@d\n", @on);
	printa("runnable_ns %d %@d\n", @runnable);
	printa("wakeup_ns %d %@d\n", @wakeup);
	printa("wakeups %d %@d\n", @wakeups);
	printa("calls %d %s %@d\n", @calls);
	printa("call_ns %d %s %@d\n", @call);
}
