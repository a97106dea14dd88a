namespace MigrationConformance.Properties.Naive;

/// <summary>The run waits for something that never comes.</summary>
internal sealed class BlockedException(string waitsFor, int number) : Exception
{
    public readonly string WaitsFor = waitsFor;
    public readonly int Number = number;
}

/// <summary>The modelled kernel ran into one of its own checks.</summary>
internal sealed class KernelBugException(string check, string function, Page page) : Exception
{
    public readonly string Check = check;
    public readonly string Function = function;
    public readonly Page Page = page;
}

/// <summary>The second run of a blocked scenario has arrived at the step that cannot be made.</summary>
internal sealed class StandstillException : Exception;
