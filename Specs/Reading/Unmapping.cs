namespace MigrationConformance.Specs;

/// <summary>try_to_unmap called for page 0 of a scenario, which the caller has locked.</summary>
internal sealed class Unmapping
{
    private readonly bool ignoreRefs;
    private Machine start;

    private Unmapping(Scenario scenario, bool ignoreRefs)
    {
        this.ignoreRefs = ignoreRefs;
        Machine = ScenarioBuilder.Build(scenario).Machine;
        Machine.Pages[0].Set(PageFlags.Locked);
        Machine.Tasks[0].Page = new Pfn(0);
        start = new Machine(Machine);
    }

    public Machine Machine { get; }

    public ref Page Page => ref Machine.Pages[0];

    public static Unmapping Of(Scenario scenario, bool ignoreRefs) => new(scenario, ignoreRefs);

    public Unmapping But(Action<Machine> change)
    {
        change(Machine);
        start = new Machine(Machine);
        return this;
    }

    /// <summary>Calls it to its end.</summary>
    public SwapResult Result()
    {
        for (int steps = 0; steps < 1000; steps++)
        {
            switch (TryToUnmap.Step(Machine, ref Machine.Tasks[0], 1, ignoreRefs))
            {
                case UnmapProgress.Done:
                    return (SwapResult)Machine.Tasks[0].UnmapResult;
                case UnmapProgress.Blocked:
                    throw new InvalidOperationException($"try_to_unmap waits for {Machine.Tasks[0].WaitsFor}");
            }
        }
        throw new InvalidOperationException("try_to_unmap does not end");
    }

    /// <summary>Calls it, and asserts its answer and exactly what it changed.</summary>
    public Unmapping Answers(SwapResult result, params string[] changes)
    {
        Assert.That(Result(), Is.EqualTo(result));
        Changes.AssertExactly(start, Machine, changes);
        start = new Machine(Machine);
        return this;
    }

    public void HitsBug(BugCheck check) =>
        Assert.That(Result, Throws.TypeOf<KernelBugException>().With.Property(nameof(KernelBugException.Check)).EqualTo(check));

    public Pte Entry(int process, ulong address) => PageTables.Get(Machine, new MmId(process), address);
}
