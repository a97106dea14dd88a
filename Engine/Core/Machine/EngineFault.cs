namespace MigrationConformance.Core;

/// <summary>An assumption of the engine itself does not hold: a defect of this program, never of the kernel it models.</summary>
/// <remarks>The message ends with the dump of the whole machine, which is all that is needed to reproduce it.</remarks>
public sealed class EngineFault : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="machine">The machine as it was found.</param>
    /// <param name="what">The assumption that does not hold, one sentence without a full stop.</param>
    public EngineFault(Machine machine, string what)
        : base($"The engine's own state is broken: {what}.\n{machine.Dump()}") =>
        Machine = machine;

    /// <summary>The machine as it was found.</summary>
    public Machine Machine { get; }
}
