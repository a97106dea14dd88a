using System;
using System.CommandLine;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The option <c>--patch</c>.</summary>
internal static class PatchOption
{
    /// <summary>Makes the option.</summary>
    /// <returns>The option; without it the scenario says which level runs.</returns>
    public static Option<PatchLevel?> Make() => new("--patch")
    {
        Description = $"Run the code of this patch level, whatever the scenario says: {PatchSet.Words(", ")}.",
        HelpName = "level",
        CustomParser = result => Parse("--patch", result.Tokens[0].Value),
    };

    /// <summary>Reads the word for a level.</summary>
    /// <param name="option">The option that it was given to.</param>
    /// <param name="word">The word.</param>
    /// <returns>The level.</returns>
    /// <exception cref="UserError">There is no level of that name.</exception>
    public static PatchLevel Parse(string option, string word) =>
        PatchSet.Find(word) ?? throw new UserError($"{option} {word}: expected one of {PatchSet.Words(", ")}");
}
