namespace MigrationConformance.Cli;

/// <summary>What the program answers to the shell.</summary>
internal static class ExitCode
{
    /// <summary>All went well, and nothing was found.</summary>
    public const int Fine = 0;

    /// <summary>A run ended in a kernel BUG, or is blocked for ever.</summary>
    public const int Finding = 1;

    /// <summary>The command line or an input cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The program itself is broken; what it knows about that is on standard error.</summary>
    public const int Defect = 3;
}
