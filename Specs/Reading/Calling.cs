namespace MigrationConformance.Specs;

/// <summary>A system call of the policy layer that is taken step by step, or run to its end with every invariant checked on the way.</summary>
internal sealed class Calling
{
    private readonly ScenarioMachine run;
    private StepResult last = StepResult.Ran;

    private Calling(Scenario scenario) => run = ScenarioBuilder.Build(scenario);

    public Machine Machine => run.Machine;

    public ref KernelTask Task => ref Machine.Tasks[run.Migration.Value];

    public ref PolicyCall Locals => ref Machine.PolicyCalls[0];

    public PolicyStep Next => (PolicyStep)Task.Step;

    public int[] Pagelist => Pages(run.From);

    public int[] Newlist => Pages(Locals.NewList);

    /// <summary>A call that has not begun.</summary>
    public static Calling Of(Scenario scenario) => new(scenario);

    /// <summary>A call that stands before a step for the nth time, from 1.</summary>
    public static Calling Before(PolicyStep step, Scenario scenario, int nth = 1) => new Calling(scenario).GoesTo(step, nth);

    /// <summary>Runs a call to its end: watched, unwatched and step by step, with the same machine at the end, and each invariant at each step.</summary>
    public static Calling Run(Scenario scenario)
    {
        var steps = new Calling(scenario);
        var survey = new Survey(steps.Machine);
        Assert.That(InvariantList.Check(steps.Machine, survey), Is.Null);
        while (steps.Advance() == StepResult.Ran)
            Assert.That(InvariantList.Check(steps.Machine, survey), Is.Null, PolicyCalls.StepName(steps.Task.Step));
        ScenarioMachine unwatched = ScenarioBuilder.Build(scenario);
        var nothing = default(NoObserver);
        PolicyCalls.Run(unwatched.Machine, unwatched.Migration, ref nothing);
        Assert.That(unwatched.Machine.Equals(steps.Machine), Is.True, "a run that nobody watches ends in another machine");
        Assert.That(MigrationRun.Run(ScenarioBuilder.Build(scenario)).Run.Machine.Equals(steps.Machine), Is.True, "a watched run ends in another machine");
        return steps;
    }

    /// <summary>Runs until it stands before a step for the nth time, which it must reach.</summary>
    public Calling GoesTo(PolicyStep step, int nth = 1)
    {
        for (nth -= Next == step ? 1 : 0; nth > 0; nth -= Next == step ? 1 : 0)
        {
            if (Advance() != StepResult.Ran)
                Assert.Fail($"expected the call to reach {step}; it stopped with {last} before {PolicyCalls.StepName(Task.Step)}.\n{Machine.Dump()}");
        }
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed exactly this.</summary>
    public Calling Changes(params string[] expected)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Ran));
        Specs.Changes.AssertExactly(before, Machine, expected);
        return this;
    }

    /// <summary>Asserts which step comes next.</summary>
    public Calling StandsBefore(PolicyStep step)
    {
        Assert.That(PolicyCalls.StepName(Task.Step), Is.EqualTo($"{step}"));
        return this;
    }

    /// <summary>Asserts that migrate_pages begins next.</summary>
    public Calling CallsMigratePages()
    {
        Assert.That(PolicyCalls.StepName(Task.Step), Is.EqualTo($"{MigrationStep.Begin}"));
        return this;
    }

    /// <summary>Asserts that one more step would wait, and that nothing changes by it.</summary>
    public Calling Waits(WaitKind kind, int number)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Blocked));
        Assert.That((Task.WaitsFor, Task.WaitsForNumber), Is.EqualTo((kind, number)));
        Specs.Changes.AssertExactly(before, Machine);
        return this;
    }

    /// <summary>Asserts that the call has returned, and what.</summary>
    public Calling Returned(int value)
    {
        Assert.That(last, Is.EqualTo(StepResult.Finished), $"{PolicyCalls.StepName(Task.Step)}\n{Machine.Dump()}");
        Assert.That(Task.Result, Is.EqualTo(value), "return");
        return this;
    }

    /// <summary>Asserts the nodes of the pages that a process maps, by address.</summary>
    public Calling MapsOnNodes(params int[] nodes)
    {
        Assert.That(PageTables.Entries(Machine, new MmId(0)).Where(entry => entry.Pte.IsPresent).Select(entry => Machine.Pages[entry.Pte.Page.Value].Zone), Is.EqualTo(nodes));
        return this;
    }

    /// <summary>Asserts the nodes on which the pages of file 0 are cached, by offset.</summary>
    public Calling CachesOnNodes(params int[] nodes)
    {
        int[] item = new int[1];
        ulong[] index = new ulong[1];
        var found = new List<int>();
        for (ulong next = 0; RadixTree.GangLookup(Machine, Machine.Mappings[1].PageTree, next, item, index) == 1; next = index[0] + 1)
            found.Add(Machine.Pages[item[0]].Zone);
        Assert.That(found, Is.EqualTo(nodes));
        return this;
    }

    /// <summary>Process 0 reads at an address, with the fault that it takes.</summary>
    public Calling Faults(ulong address)
    {
        TaskId fault = Machine.AddTask(Tasks.Access(TaskKind.Fault, new MmId(0), address));
        while (Tasks.Advance(Machine, fault) == StepResult.Ran)
        {
        }
        Assert.That(TaskLocals.IsFinished(Machine.Tasks[fault.Value]), Is.True, Machine.Dump());
        return this;
    }

    /// <summary>Does something in between, as another task would.</summary>
    public Calling Meanwhile(Action<Calling> other)
    {
        other(this);
        return this;
    }

    private StepResult Advance()
    {
        var step = (MigrationStep)Task.Step;
        last = PolicyCalls.Advance(Machine, run.Migration);
        if (last == StepResult.Ran)
            Witness.Saw(step, Machine, Task);
        return last;
    }

    private int[] Pages(ListId list) => list.IsNone ? [] : [.. PageList.Walk(Machine, list).Select(page => page.Value)];
}

/// <summary>Scenarios with calls, in few words. Pages of file 0 and process 0, unless something else is said.</summary>
internal static class Calls
{
    public const PatchLevel Chunks = PatchLevel.ChunkedAllocation;

    public static ScenarioPage OnNode(int node, int pages = 1, ulong index = 0, int mappedBy = 1) =>
        new() { File = 0, Index = index, Repeat = pages, MappedBy = mappedBy, Zone = node };

    public static ScenarioPage Free(int node, int frames = 1) => new() { Zone = node, Repeat = frames };

    public static ScenarioCall MigratePages(ValueList<int> from, ValueList<int> to) => new() { Kind = PolicyCallKind.MigratePages, From = from, To = to };

    public static ScenarioCall Mbind(MpolFlags flags, params int[] nodes) => new() { Kind = PolicyCallKind.Mbind, Nodes = [.. nodes], Flags = flags };

    public static ScenarioCall Interleave(params int[] nodes) =>
        new() { Kind = PolicyCallKind.Mbind, Nodes = [.. nodes], Policy = MpolMode.Interleave };

    public static Scenario Make(ScenarioCall call, params ScenarioPage[] pages) => MakeAt(Chunks, call, pages);

    public static Scenario MakeAt(PatchLevel level, ScenarioCall call, params ScenarioPage[] pages) =>
        new() { Patch = level, Zones = 4, Call = call, Pages = [.. pages] };

    public static Scenario By(this Scenario scenario, params ScenarioProcess[] processes) => scenario with { Processes = [.. processes] };
}
