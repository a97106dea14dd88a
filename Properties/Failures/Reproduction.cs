using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What a failure prints and writes, tried with a defect: small, canonical, in the promised order.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
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

    // Step 12 that never comes back; it waits instead of looping, so that the other tests have the processor.
    private readonly struct Looping : IStepper
    {
        public StepResult Advance(Machine m, TaskId task)
        {
            if (m.Tasks[task.Value].Kind == TaskKind.Migration && m.Tasks[task.Value].Step == (int)MigrationStep.DropTreeReference)
                new ManualResetEventSlim().Wait();
            return Tasks.Advance(m, task);
        }
    }

    private static Failure? Check(Interleaved run) => Failure.Of(CheckedRun.Of(run, default(Leaky)));

    private static Interleaved[] Failing => [.. Enumerable.Range(0, 200)
        .Select(i => ActorGen.Interleaved.Generate(new PCG(11, (ulong)i), null!, out _))
        .Where(run => Check(run) is not null).Take(12)];

    [Test]
    public void A_failure_tells_rule_run_ledger_and_command_in_this_order()
    {
        string text = Report.Text(Failing[0], Check, default(Leaky));

        int rule = text.IndexOf("page count is its holders: page 0:", StringComparison.Ordinal);
        int run = text.IndexOf("\"scenario\"", StringComparison.Ordinal);
        int ledger = text.IndexOf("1 unit held by nobody; mapcount", StringComparison.Ordinal);
        int command = text.IndexOf("dotnet run -c Release --project Engine/Cli -- replay artifacts/counterexamples/", StringComparison.Ordinal);
        Assert.That(new[] { rule, run, ledger, command }, Is.Ordered.And.All.GreaterThanOrEqualTo(0), text);
    }

    /// <summary>Whatever run a defect was found in, among other pages, with other actors, as a page of a file or an anonymous one: it is told by one and the same run.</summary>
    [TestCase("M151", "a page that stays: what is missing from the answer")]
    [TestCase("M147", "a failed page that stays on from")]
    [TestCase("M39", "a wrong swap entry")]
    [TestCase("D43", "a dirty bit that is lost")]
    [TestCase("D04", "a wrong index on the new page")]
    [TestCase("M119", "a kernel BUG")]
    [TestCase("M37", "two entries, one of which stays")]
    [TestCase("D51", "a page that an actor works on without holding it")]
    [TestCase("D31", "an entry that fork copies without counting it")]
    [TestCase("M89", "a reference that a back-out drops, when somebody strikes between steps 5 and 7")]
    [TestCase("D25", "a call that allocates in the wrong order")]
    public void The_same_defect_gives_the_same_run(string id, string what)
    {
        Defect defect = DefectList.All.First(planted => planted.Ids.Contains(id));
        IStepper stepper = new FaultyStepper(defect);
        Failure? CheckDefect(Interleaved run) => Failure.Of(CheckedRun.Of(run, stepper));
        Gen<Interleaved> gen = defect.On.Run.Scenario.Call is not null
            ? CallGen.Interleaved
            : Gen.OneOf(ActorGen.Interleaved, MachineGen.Scenarios.Select(scenario => new Interleaved(scenario, [], [])));
        Interleaved[] failing = [.. Enumerable.Range(0, 4_000).Select(i => gen.Generate(new PCG(77, (ulong)i), null!, out _))
            .Select(run => run with { Scenario = run.Scenario with { Patch = defect.On.Run.Scenario.Patch } })
            .Where(run => CheckDefect(run)?.Violation.Rule.Split(": ")[0] == defect.Rule).Take(3)];

        string[] told = [.. failing.Select(run => InterleavedText.Write(Report.Canonical(run, CheckDefect(run)!.Kind, CheckDefect, stepper)))];

        TestContext.Out.WriteLine($"{what}: {told[0]}");
        Assert.That(failing, Has.Length.EqualTo(3).And.Unique);
        Assert.That(told.Distinct().Count(), Is.EqualTo(1), string.Join('\n', told));
        Assert.That(told[0], Has.Length.LessThan(240));
    }

    [Test]
    public void Nothing_can_be_left_out_of_a_shrunk_run()
    {
        Interleaved small = Shrinker.Shrink(Failing[0], "page count is its holders", Check);

        Assert.That(InterleavedText.Write(small), Is.EqualTo("{\n\"scenario\": {\"pages\":[{\"file\":0}]},\n\"actors\": [],\n\"schedule\": []\n}\n"));
        Assert.That(Shrinker.Shrink(small, "page count is its holders", Check), Is.EqualTo(small));
    }

    [Test]
    public void The_stored_run_fails_in_the_same_way_and_only_with_the_defect()
    {
        Interleaved run = SmallMachines.Run(PageKind.FileClean, SmallActor.FindGetPage);
        string text = Report.Text(run, Check, default(Leaky));
        string file = text[text.IndexOf("artifacts/", StringComparison.Ordinal)..].TrimEnd();

        Interleaved stored = InterleavedText.Read(File.ReadAllText(Path.Combine(Conventions.SourceTree.Root, file)));

        Assert.That(text, Does.StartWith($"{Check(stored)!.Violation}\n"));
        Assert.That(CheckedRun.Of(stored).Violation, Is.Null, "the right engine breaks no rule in it");
    }

    [Test]
    public void A_step_that_does_not_end_is_told_with_a_small_run_that_comes_to_it()
    {
        string text = Endless.Text(SmallMachines.Run(PageKind.FileWithBuffers, SmallActor.FindGetPage), default(Looping), TimeSpan.FromSeconds(1));

        Assert.That(text, Does.StartWith("every step ends: DropTreeReference of task 0 for page 0 in pass 0 does not."));
        Assert.That(text, Does.Contain("\"pages\":[{\"file\":0,").And.Contain("\"schedule\": []").And.Contain("page 0: count 2, held by:"));
    }
}
