using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The same machine and the same choices give the same machine at every step.</summary>
[TestFixture]
public sealed class Determinism
{
    [Test]
    public void Two_runs_have_the_same_fingerprint_at_every_step() =>
        ActorGen.Interleaved.Sample(run =>
        {
            var first = new Fingerprints();
            var second = new Fingerprints();
            Interleaving.Run(run.Build().Machine, null, run.Schedule.AsSpan(), first);
            Interleaving.Run(run.Build().Machine, null, run.Schedule.AsSpan(), second);
            return first.Seen.SequenceEqual(second.Seen);
        }, iter: Knobs.Iterations(1_000), threads: 1, print: InterleavedText.Write);

    [Test]
    public void A_stored_run_is_the_run() =>
        ActorGen.Interleaved.Sample(run =>
        {
            string text = InterleavedText.Write(run);
            Interleaved read = InterleavedText.Read(text);
            return InterleavedText.Write(read) == text && read.Build().Machine.Equals(run.Build().Machine) && read.Schedule.Equals(run.Schedule);
        }, iter: Knobs.Iterations(1_000), threads: 1, print: InterleavedText.Write);

    // What blocked is part of it: a step that must wait has to wait in both.
    private sealed class Fingerprints : IStepper
    {
        public List<(StepResult, ulong)> Seen { get; } = [];

        public StepResult Advance(Machine m, TaskId task)
        {
            StepResult result = Tasks.Advance(m, task);
            Seen.Add((result, m.Fingerprint()));
            return result;
        }
    }
}
