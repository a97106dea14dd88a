namespace MigrationConformance.Specs;

/// <summary>A migration that is taken step by step: stop before a step, make it, say exactly what it changed.</summary>
internal sealed class Attempt
{
    private readonly ScenarioMachine run;
    private StepResult last = StepResult.Ran;

    private Attempt(Scenario scenario) => run = ScenarioBuilder.Build(scenario);

    public Machine Machine => run.Machine;

    public ref KernelTask Task => ref Machine.Tasks[run.Migration.Value];

    public MigrationStep Next => (MigrationStep)Task.Step;

    public ref Page Page(int pfn) => ref Machine.Pages[pfn];

    public ref AddressSpace File(int file = 0) => ref Machine.Mappings[ScenarioMachine.MappingOf(file).Value];

    public ref AddressSpace Swapper => ref Machine.Mappings[MappingId.Swapper.Value];

    /// <summary>A migration that has not begun.</summary>
    public static Attempt Of(Scenario scenario) => new(scenario);

    /// <summary>A migration that stands before a step, in any pass or a certain one, for any page or a certain one.</summary>
    public static Attempt Before(MigrationStep step, Scenario scenario, int pass = -1, int page = -1) =>
        new Attempt(scenario).GoesTo(step, pass, page);

    /// <summary>Runs until it stands before a step, which it must reach.</summary>
    public Attempt GoesTo(MigrationStep step, int pass = -1, int page = -1)
    {
        while (Next != step || (pass >= 0 && Task.Pass != pass) || (page >= 0 && Task.Page.Value != page))
        {
            if (Advance() != StepResult.Ran)
                Assert.Fail($"expected the migration to reach {step}; it stopped with {last} before {Next} in pass {Task.Pass}.\n{Machine.Dump()}");
        }
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed exactly this. <see cref="Facts"/> has the words.</summary>
    public Attempt Changes(params string[] expected)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Ran));
        Specs.Changes.AssertExactly(before, Machine, expected);
        return this;
    }

    /// <summary>Makes one step, and asserts that it changed nothing but where the migration stands.</summary>
    public Attempt ChangesNothing() => Changes();

    /// <summary>Asserts that one more step would wait, and that nothing changes by it.</summary>
    public Attempt Waits(WaitKind kind, int number)
    {
        var before = new Machine(Machine);
        Assert.That(Advance(), Is.EqualTo(StepResult.Blocked));
        Assert.That((Task.WaitsFor, Task.WaitsForNumber), Is.EqualTo((kind, number)));
        Specs.Changes.AssertExactly(before, Machine);
        return this;
    }

    /// <summary>Asserts which step comes next.</summary>
    public Attempt StandsBefore(MigrationStep step)
    {
        Assert.That(Next, Is.EqualTo(step));
        return this;
    }

    /// <summary>Asserts that the step that was made backed out for this reason, with this return, on its way to <paramref name="next"/>.</summary>
    public Attempt BackedOut(BackOutReason reason, int rc = -Errno.EAGAIN, MigrationStep next = MigrationStep.DropLocks)
    {
        Assert.That((Task.Reason, Task.Rc, Next), Is.EqualTo((reason, rc, next)));
        return this;
    }

    /// <summary>Makes one step and asserts the kernel BUG that it runs into.</summary>
    public Attempt HitsBug(BugCheck check, int page)
    {
        Assert.That(Advance(), Is.EqualTo(StepResult.Bug));
        Assert.That((Machine.Bug.Check, Machine.Bug.Page.Value), Is.EqualTo((check, page)));
        return this;
    }

    /// <summary>Runs to the end, and asserts the return and the four lists.</summary>
    public Attempt Returns(int value, int[] from, int[] to, int[] moved, int[] failed)
    {
        while (Advance() == StepResult.Ran)
        {
        }
        Assert.That(last, Is.EqualTo(StepResult.Finished), Machine.Dump());
        Assert.That(Task.Result, Is.EqualTo(value), "return");
        AssertLists(from, to, moved, failed);
        return this;
    }

    /// <summary>Asserts the four lists; all three others hold every page that was on <c>from</c> once.</summary>
    public Attempt AssertLists(int[] from, int[] to, int[] moved, int[] failed)
    {
        Assert.That(Pages(run.From), Is.EqualTo(from), "from");
        Assert.That(run.To.IsNone ? [] : Pages(run.To), Is.EqualTo(to), "to");
        Assert.That(Pages(run.Moved), Is.EqualTo(moved), "moved");
        Assert.That(Pages(run.Failed), Is.EqualTo(failed), "failed");
        return this;
    }

    /// <summary>Does something in between, as another task would.</summary>
    public Attempt Meanwhile(Action<Attempt> other)
    {
        other(this);
        return this;
    }

    /// <summary>What a look-up in a tree answers; −1 for nothing.</summary>
    public int Lookup(MappingId mapping, ulong index) => RadixTree.Lookup(Machine, Machine.Mappings[mapping.Value].PageTree, index);

    private StepResult Advance()
    {
        MigrationStep step = Next;
        last = MigratePages.Advance(Machine, run.Migration);
        if (last == StepResult.Ran)
            Witness.Saw(step, Machine, Task);
        return last;
    }

    private int[] Pages(ListId list) => [.. PageList.Walk(Machine, list).Select(page => page.Value)];
}
