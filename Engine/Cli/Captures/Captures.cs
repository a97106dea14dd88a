using System.IO;

namespace MigrationConformance.Cli;

/// <summary>Captures that come with the program.</summary>
internal static class Captures
{
    /// <summary>The capture that is run where the machine itself cannot be captured; README.md beside it says what it is.</summary>
    /// <returns>A scenario as JSON.</returns>
    public static Stream OpenEmbedded() =>
        typeof(Captures).Assembly.GetManifestResourceStream("embedded.json")
        ?? throw new FileNotFoundException("the program was built without its embedded capture");
}
