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
        Description = "Run the code before the patch, or at V9, whatever the scenario says.",
        HelpName = "before|v9",
        CustomParser = result => result.Tokens[0].Value switch
        {
            "before" => PatchLevel.Before,
            "v9" => PatchLevel.V9,
            string other => throw new UserError($"--patch {other}: expected before or v9"),
        },
    };
}
