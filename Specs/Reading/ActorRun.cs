namespace MigrationConformance.Specs;

/// <summary>
/// An actor that is taken step by step beside a migration that has not begun: stop before a step, make it, say exactly what it
/// changed. What the actor's own variables say is left out, but for what it returns; every invariant holds after every step.
/// </summary>
internal sealed class ActorRun
{
    private readonly TaskId task;
    private Survey survey;
    private StepResult last = StepResult.Ran;

    private ActorRun(Machine machine, TaskId task)
    {
        Machine = machine;
        this.task = task;
        survey = new Survey(machine);
    }

    public Machine Machine { get; }

    public ref KernelTask Task => ref Machine.Tasks[task.Value];

    public string Next => Tasks.StepName(Task);

    public ref Page Page(int pfn) => ref Machine.Pages[pfn];

    public ref AddressSpace File(int file = 0) => ref Machine.Mappings[ScenarioMachine.MappingOf(file).Value];

    /// <summary>An actor that has not begun.</summary>
    public static ActorRun Of(Scenario scenario, ActorSpec actor)
    {
        Machine m = ScenarioBuilder.Build(scenario).Machine;
        return new ActorRun(m, actor.AddTo(m));
    }

    /// <summary>An actor that stands before a step.</summary>
    public static ActorRun Before(string step, Scenario scenario, ActorSpec actor) => Of(scenario, actor).GoesTo(step);

    /// <summary>Another actor begins in the same machine; this one stands where it stood.</summary>
    public ActorRun Beside(ActorSpec other) => new(Machine, other.AddTo(Machine));

    /// <summary>Runs until it stands before a step, which it must reach. Standing there already, it goes on to the next time.</summary>
    public ActorRun GoesTo(string step)
    {
        do
        {
            if (Advance() != StepResult.Ran)
                Assert.Fail($"expected the actor to reach {step}; it stopped with {last} before {Next}.\n{Machine.Dump()}");
        }
        while (Next != step);
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed exactly this. <see cref="Facts"/> has the words.</summary>
    public ActorRun Changes(params string[] expected)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Ran));
        AssertExactly(before, expected);
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed nothing but where the actor stands.</summary>
    public ActorRun ChangesNothing() => Changes();

    /// <summary>Asserts that one more step would wait, and that nothing changes by it.</summary>
    public ActorRun Waits(WaitKind kind, int number)
    {
        var before = new Machine(Machine);
        int step = Task.Step;
        Assert.That(Advance(), Is.EqualTo(StepResult.Blocked));
        Assert.That((Task.WaitsFor, Task.WaitsForNumber, Task.Step), Is.EqualTo((kind, number, step)));
        AssertExactly(before);
        return this;
    }

    /// <summary>Asserts which step comes next.</summary>
    public ActorRun StandsBefore(string step)
    {
        Assert.That(Next, Is.EqualTo(step));
        return this;
    }

    /// <summary>Asserts that the actor is over.</summary>
    public ActorRun IsOver() => StandsBefore("Finished");

    /// <summary>Runs to the end, which it must reach.</summary>
    public ActorRun Ends()
    {
        while (Advance() == StepResult.Ran)
        {
        }
        Assert.That(last, Is.EqualTo(StepResult.Finished), Machine.Dump());
        return this;
    }

    /// <summary>Does something in between, as another task would; the invariants hold from there on.</summary>
    public ActorRun Meanwhile(Action<Machine> other)
    {
        other(Machine);
        survey = new Survey(Machine);
        return this;
    }

    /// <summary>What a look-up in a tree answers; −1 for nothing.</summary>
    public int Lookup(MappingId mapping, ulong index) => RadixTree.Lookup(Machine, Machine.Mappings[mapping.Value].PageTree, index);

    private StepResult Advance()
    {
        string step = Next;
        last = Tasks.Advance(Machine, task);
        if (last == StepResult.Ran)
            Assert.That(InvariantList.Check(Machine, survey), Is.Null, $"after {step}");
        return last;
    }

    private void AssertExactly(Machine before, params string[] expected)
    {
        var after = new Machine(Machine);
        foreach (Machine m in new[] { before, after })
            m.Tasks[task.Value] = KernelTask.New(TaskKind.None) with { Result = m.Tasks[task.Value].Result };
        Specs.Changes.AssertExactly(before, after, expected);
    }
}
