using System;
using System.Linq;
using System.Text;

namespace MigrationConformance.Cli.Bench;

/// <summary>Small scenarios of every kind of outcome, one a line, as another program would send them.</summary>
internal static class SmallScenarios
{
    private const string Text =
        """
        {"pages":[{"file":0,"index":7,"mappedBy":1}]}
        {"pages":[{"file":0,"mappedBy":2},{"file":0,"index":1}]}
        {"pages":[{"anonVma":0,"swapCache":1,"mappedBy":2}]}
        {"pages":[{"anonVma":0,"index":3,"mappedBy":1}]}
        {"pages":[{"file":0,"flags":["uptodate","dirty"],"buffers":4}]}
        {"pages":[{"file":0,"references":[3]},{"file":0,"index":1,"locked":4}]}
        {"pages":[{"anonVma":0,"swapCache":2,"ptes":[{"dirty":true,"young":true}]}],"to":null}
        {"files":[{"kind":"tmpfs"}],"pages":[{"file":0,"index":2,"mappedBy":1},{"file":0,"index":9}],"to":1}
        """;

    /// <summary>The scenarios.</summary>
    /// <returns>One line each, in UTF-8, without the line feed.</returns>
    public static byte[][] Lines() => [.. Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Encoding.UTF8.GetBytes(line.TrimEnd('\r')))];
}
