using System.Text.RegularExpressions;

namespace MigrationConformance.Specs;

/// <summary>
/// An actor beside a migration that has not begun, taken step by step: stop before a step, make it, say exactly what it changed.
/// What only says where the actor stands in its code is no change; what it returns is one, and that it takes mmap_sem for reading, and
/// gives it back. Where the invariants hold at the start, they hold after every step.
/// </summary>
internal sealed class Acting
{
    private readonly TaskId task;
    private Survey? survey;
    private StepResult last = StepResult.Ran;

    private Acting(Machine machine, TaskId task) => (Machine, this.task, survey) = (machine, task, SurveyOf(machine));

    public Machine Machine { get; }

    public ref KernelTask Task => ref Machine.Tasks[task.Value];

    public string Next => Tasks.StepName(Task);

    public ref Page Page(int pfn) => ref Machine.Pages[pfn];

    public ref AddressSpace File(int file = 0) => ref Machine.Mappings[ScenarioMachine.MappingOf(file).Value];

    /// <summary>An actor that has not begun.</summary>
    public static Acting Of(Scenario scenario, KernelTask actor) => Of(scenario, _ => actor);

    /// <summary>An actor that has not begun.</summary>
    public static Acting Of(Scenario scenario, ActorSpec actor)
    {
        Machine machine = ScenarioBuilder.Build(scenario).Machine;
        return new(machine, actor.AddTo(machine));
    }

    /// <summary>An actor that has not begun and needs something of the machine.</summary>
    public static Acting Of(Scenario scenario, Func<Machine, KernelTask> actor)
    {
        Machine machine = ScenarioBuilder.Build(scenario).Machine;
        return new(machine, machine.AddTask(actor(machine)));
    }

    /// <summary>An actor that stands before a step, which it must reach.</summary>
    public static Acting Before(string step, Scenario scenario, KernelTask actor) => Of(scenario, actor).GoesTo(step);

    /// <summary>An actor that stands before a step, which it must reach.</summary>
    public static Acting Before(string step, Scenario scenario, ActorSpec actor) => Of(scenario, actor).GoesTo(step);

    /// <summary>Another actor begins in the same machine; this one stands where it stood.</summary>
    public Acting Beside(ActorSpec other) => new(Machine, other.AddTo(Machine));

    /// <summary>Runs until it stands before a step, which it must reach.</summary>
    public Acting GoesTo(string step)
    {
        while (Next != step)
        {
            if (Advance() != StepResult.Ran)
                Assert.Fail($"expected the actor to reach {step}; it stopped with {last} before {Next}.\n{Machine.Dump()}");
        }
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed exactly this. <see cref="Facts"/> has the words.</summary>
    public Acting Changes(params string[] expected)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Ran), $"{Next} waits for {Task.WaitsFor} {Task.WaitsForNumber}");
        Specs.Changes.AssertSame(Between(before), expected);
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed nothing but where the actor stands.</summary>
    public Acting ChangesNothing() => Changes();

    /// <summary>Asserts that one more step would wait, and that nothing changes by it.</summary>
    public Acting Waits(WaitKind kind, int number)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Blocked), $"the step after which it stands before {Next} did not wait");
        Assert.That((Task.WaitsFor, Task.WaitsForNumber), Is.EqualTo((kind, number)));
        Specs.Changes.AssertSame(Between(before), []);
        return this;
    }

    /// <summary>Asserts which step comes next.</summary>
    public Acting StandsBefore(string step)
    {
        Assert.That(Next, Is.EqualTo(step));
        return this;
    }

    /// <summary>Asserts that the step that was made was the last one.</summary>
    public Acting IsOver() => StandsBefore("Finished");

    /// <summary>Makes one step and asserts the kernel BUG that it runs into.</summary>
    public Acting HitsBug(BugCheck check, int page)
    {
        Assert.That(Advance(), Is.EqualTo(StepResult.Bug));
        Assert.That((Machine.Bug.Check, Machine.Bug.Page.Value), Is.EqualTo((check, page)));
        return this;
    }

    /// <summary>Runs to the end, which it must reach, and asserts what is true of the machine then that was not true now, and the other way round.</summary>
    public Acting Ends(params string[] expected)
    {
        var before = new Machine(Machine);
        GoesTo("Finished");
        Specs.Changes.AssertSame(Between(before), expected);
        return this;
    }

    /// <summary>Does something in between, as another task would, or before the actor begins.</summary>
    public Acting Meanwhile(Action<Machine> other)
    {
        other(Machine);
        survey = SurveyOf(Machine);
        return this;
    }

    /// <summary>What a look-up in a tree answers; −1 for nothing.</summary>
    public int Lookup(MappingId mapping, ulong index) => RadixTree.Lookup(Machine, Machine.Mappings[mapping.Value].PageTree, index);

    // A machine that a fact makes illegal is promised nothing.
    private static Survey? SurveyOf(Machine machine)
    {
        var survey = new Survey(machine);
        return InvariantList.Check(machine, survey) is null ? survey : null;
    }

    private StepResult Advance()
    {
        string step = Next;
        last = Tasks.Advance(Machine, task);
        if (last == StepResult.Ran && survey is not null)
            Assert.That(InvariantList.Check(Machine, survey), Is.Null, $"after {step}");
        return last;
    }

    private string[] Between(Machine before)
    {
        bool had = Locks.ReadsMmapSem(before, before.Tasks[task.Value]), has = Locks.ReadsMmapSem(Machine, Task);
        string[] lines = [.. Specs.Changes.Between(before, Machine).Where(line => !Regex.IsMatch(line, $"^task {task.Value}: (?!result )"))];
        return had == has ? lines : [.. lines, has ? "mmap_sem read" : "mmap_sem given back"];
    }
}
