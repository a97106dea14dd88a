using System;

namespace MigrationConformance.Cli;

/// <summary>The memory of this machine cannot be read at all: the wrong system, or not enough rights.</summary>
internal sealed class CannotCapture : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="sentence">Why, without a full stop.</param>
    public CannotCapture(string sentence)
        : base(sentence)
    {
    }
}
