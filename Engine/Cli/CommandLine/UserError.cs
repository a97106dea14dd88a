using System;

namespace MigrationConformance.Cli;

/// <summary>A mistake of the user, or a file or a machine that cannot be used: one sentence on standard error, exit code 2.</summary>
internal sealed class UserError : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="sentence">Place, value and what was expected; without the name of the program and without a full stop.</param>
    public UserError(string sentence)
        : base(sentence)
    {
    }
}
