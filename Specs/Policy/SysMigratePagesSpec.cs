namespace MigrationConformance.Specs;

/// <summary>sys_migrate_pages(): which errors there are, in which order, and on which side of each bound.</summary>
[TestFixture, KernelFunction("sys_migrate_pages")]
public sealed class SysMigratePagesSpec
{
    private static readonly ScenarioProcess User = new(), Other = new() { Uid = 2000 };

    // A page of process 1 on node 0, a free frame on node 1; process 0 calls.
    private static Scenario Asking(ScenarioProcess caller, ScenarioProcess target, ValueList<int>? to = null) => new()
    {
        Patch = Calls.Chunks,
        Zones = 2,
        Processes = [caller, target],
        Vmas = [new() { Process = 1, Start = 0x10000000, Pages = 1, File = 0 }],
        Pages = [new() { File = 0, Ptes = [new()] }, Calls.Free(1)],
        Call = Calls.MigratePages([0], to ?? [1]) with { Process = 1, Caller = 0 },
    };

    [Test]
    public void Owns_the_process_and_goes_on()
    {
        Calling.Of(Asking(User, User)).Changes("call 0: flags None -> Move", "call 0: remaining none -> 0").StandsBefore(PolicyStep.TakeMmapSem);
        Calling.Run(Asking(User, User)).Returned(0).CachesOnNodes(1);
    }

    [Test]
    public void A_process_of_somebody_else_is_EPERM_and_nothing_is_touched()
    {
        Calling.Of(Asking(User, Other)).Changes("task 0: result 0 -> -1").StandsBefore(PolicyStep.Finished);
    }

    [TestCase(1, 9, true)]
    [TestCase(9, 1, true)]
    [TestCase(2, 9, true)]
    [TestCase(9, 2, true)]
    [TestCase(9, 9, false)]
    public void Real_or_effective_id_of_the_caller_must_be_real_or_saved_id_of_the_process(int uid, int suid, bool allowed)
    {
        var caller = new ScenarioProcess { Uid = 1, Euid = 2, Suid = 3 };

        Calling.Run(Asking(caller, new() { Uid = uid, Euid = 4, Suid = suid })).Returned(allowed ? 0 : -Errno.EPERM);
    }

    [Test]
    public void The_effective_id_of_the_process_and_the_saved_one_of_the_caller_do_not_count()
    {
        var caller = new ScenarioProcess { Uid = 100, Euid = 100, Suid = 7 };
        var target = new ScenarioProcess { Uid = 200, Suid = 200, Euid = 100 };

        Calling.Run(Asking(caller, target)).Returned(-Errno.EPERM);
        Calling.Run(Asking(caller with { Suid = 200 }, target)).Returned(-Errno.EPERM);
    }

    [Test]
    public void The_privilege_stands_in_for_the_owner_and_moves_shared_pages_too() =>
        Calling.Of(Asking(new() { CapSysNice = true }, Other)).Changes("call 0: flags None -> MoveAll", "call 0: remaining none -> 0");

    [TestCase(0, true)]
    [TestCase(1000, false)]
    public void Who_runs_as_root_has_the_privilege_by_default(int euid, bool privileged) =>
        Calling.Run(Asking(new() { Uid = 1000, Euid = euid }, Other)).Returned(privileged ? 0 : -Errno.EPERM);

    [Test]
    public void A_node_outside_the_cpuset_of_the_process_is_EPERM_and_one_inside_is_not()
    {
        Calling.Run(Asking(User, User with { Mems = [0] })).Returned(-Errno.EPERM);
        Calling.Run(Asking(User, User with { Mems = [1] })).Returned(0);
        Calling.Run(Asking(User, User with { Mems = [0, 1] }, to: [0, 1])).Returned(0);
    }

    [Test]
    public void The_privilege_goes_beyond_the_cpuset_of_the_process() =>
        Calling.Run(Asking(new() { CapSysNice = true }, User with { Mems = [0] })).Returned(0).CachesOnNodes(1);

    [Test]
    public void No_process_is_ESRCH()
    {
        Scenario scenario = Asking(User, User);

        Calling.Run(scenario with { Call = scenario.Call! with { Process = null } }).Returned(-Errno.ESRCH);
    }

    [TestCase(1, 0)]
    [TestCase(2, -Errno.EINVAL)]
    [TestCase(63, -Errno.EINVAL)]
    public void A_node_that_the_machine_does_not_have_is_EINVAL(int node, int result)
    {
        Calling.Run(Asking(User, User, to: [node])).Returned(result);
        Scenario scenario = Asking(User, User);
        Calling.Run(scenario with { Call = scenario.Call! with { From = [0, node] } }).Returned(result);
    }

    [Test]
    public void The_first_error_wins_EINVAL_then_ESRCH_then_EPERM()
    {
        Scenario scenario = Asking(User, Other, to: [2]);

        Calling.Run(scenario).Returned(-Errno.EINVAL);
        Calling.Run(scenario with { Call = scenario.Call! with { Process = null } }).Returned(-Errno.EINVAL);
    }

    [Test]
    public void An_empty_set_of_nodes_moves_nothing()
    {
        Scenario scenario = Asking(User, User);

        Calling.Run(scenario with { Call = scenario.Call! with { From = [] } }).Returned(0).CachesOnNodes(0);
        Calling.Run(scenario with { Call = scenario.Call! with { To = [] } }).Returned(0).CachesOnNodes(0);
    }
}
