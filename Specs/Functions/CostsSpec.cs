using System.Runtime.CompilerServices;
using MigrationConformance.Cli.Bench;
using MigrationConformance.Core;

namespace MigrationConformance.Specs;

/// <summary>What the engine may cost in memory. What it costs in time is the benchmark's matter.</summary>
[TestFixture]
public sealed class CostsSpec
{
    [Test]
    public void A_page_takes_at_most_48_bytes() => Assert.That(Unsafe.SizeOf<Page>(), Is.LessThanOrEqualTo(48));

    [TestCase(BenchKind.FileUnmapped, 0)]
    [TestCase(BenchKind.FileMapped, 0)]
    [TestCase(BenchKind.SwapCacheMapped, 0)]
    [TestCase(BenchKind.Mix, 800)]
    public void A_run_that_nobody_watches_allocates_nothing(object kind, int left)
    {
        (Machine m, TaskId task) = BenchMachine.Build((BenchKind)kind, 4000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        StepResult end = MigratePages.Run(m, task);

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(end, Is.EqualTo(StepResult.Finished));
        Assert.That(m.Tasks[task.Value].Result, Is.EqualTo(left));
        Assert.That(allocated, Is.Zero);
    }
}
