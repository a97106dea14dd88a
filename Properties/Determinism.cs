using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The same machine and the same choices give the same machine at every step.</summary>
[TestFixture]
public sealed class Determinism
{
    [Test]
    public void Two_runs_have_the_same_fingerprint_at_every_step() =>
        Property.Holds(ActorGen.Interleaved, 1_000, "two runs have the same fingerprint at every step", run =>
        {
            var first = new Fingerprints();
            var second = new Fingerprints();
            Interleaving.Run(run.Build().Machine, null, run.Schedule.AsSpan(), first);
            Interleaving.Run(run.Build().Machine, null, run.Schedule.AsSpan(), second);
            return first.Seen.SequenceEqual(second.Seen);
        });

    [Test]
    public void A_stored_run_is_the_run() =>
        Property.Holds(ActorGen.Interleaved, 1_000, "a stored run is the run", run =>
        {
            string text = InterleavedText.Write(run);
            Interleaved read = InterleavedText.Read(text);
            return InterleavedText.Write(read) == text && read.Build().Machine.Equals(run.Build().Machine) && read.Schedule.Equals(run.Schedule);
        });

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
