using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What a failure prints and writes, tried with a defect: small, canonical, in the promised order.</summary>
[TestFixture]
public sealed class Reproduction
{
    // Step 12 that forgets to drop the reference.
    private readonly struct Leaky : IStepper
    {
        public StepResult Advance(Machine m, TaskId task)
        {
            bool drops = m.Tasks[task.Value].Kind == TaskKind.Migration && m.Tasks[task.Value].Step == (int)MigrationStep.DropTreeReference;
            StepResult result = Tasks.Advance(m, task);
            if (drops && result == StepResult.Ran)
                m.Pages[m.Tasks[task.Value].Page.Value].Count++;
            return result;
        }
    }

    private static Interleaved[] Failing => [.. Enumerable.Range(0, 200)
        .Select(i => MachineGen.Interleaved.Generate(new PCG(11, (ulong)i), null!, out _))
        .Where(run => Checked.Run(run, default(Leaky)).Broken is not null).Take(12)];

    [Test]
    public void A_failure_tells_rule_run_ledger_and_command_in_this_order()
    {
        string text = Report.Text(Failing[0], default(Leaky));

        int rule = text.IndexOf("page count is its holders: page 0:", StringComparison.Ordinal);
        int run = text.IndexOf("\"scenario\"", StringComparison.Ordinal);
        int ledger = text.IndexOf("1 unit held by nobody; mapcount", StringComparison.Ordinal);
        int command = text.IndexOf("dotnet run -c Release --project Engine/Cli -- replay artifacts/counterexamples/", StringComparison.Ordinal);
        Assert.That(new[] { rule, run, ledger, command }, Is.Ordered.And.All.GreaterThanOrEqualTo(0), text);
    }

    [Test]
    public void The_same_defect_of_the_same_kind_of_page_gives_the_same_run()
    {
        string[] small = [.. Failing.Select(run => InterleavedText.Write(Shrinker.Shrink(run, "page count is its holders", default(Leaky)))).Distinct()];

        TestContext.Out.WriteLine(string.Join('\n', small));
        // A page of a file and one of the swap cache cannot become each other by leaving things out.
        Assert.That(small, Has.Length.EqualTo(2));
        Assert.That(small, Has.All.Length.LessThan(200));
    }

    [Test]
    public void Nothing_can_be_left_out_of_a_shrunk_run()
    {
        Interleaved small = Shrinker.Shrink(Failing[0], "page count is its holders", default(Leaky));

        Assert.That(small.Scenario.Pages, Has.Count.EqualTo(1));
        Assert.That((small.Actors.Count, small.Schedule.Count), Is.EqualTo((0, 0)));
        Assert.That(Shrinker.Shrink(small, "page count is its holders", default(Leaky)), Is.EqualTo(small));
    }
}
