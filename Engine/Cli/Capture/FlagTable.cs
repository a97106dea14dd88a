using System;
using System.Text;

namespace MigrationConformance.Cli;

/// <summary>The table of page flags as text.</summary>
internal static class FlagTable
{
    /// <summary>Renders the table as Markdown, which reads well as it is.</summary>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Render()
    {
        int widest = 0;
        foreach (KernelPageFlag row in KernelPageFlags.Table)
            widest = Math.Max(widest, Today(row).Length);
        StringBuilder text = new();
        Row(text, widest, "today", "2006", "what it means here");
        Row(text, widest, new string('-', widest), new string('-', Width2006), "---");
        foreach (KernelPageFlag row in KernelPageFlags.Table)
            Row(text, widest, Today(row), In2006(row), row.What);
        return text.ToString();
    }

    private const int Width2006 = 16;

    private static string Today(KernelPageFlag row) => $"KPF_{row.Name} ({row.Bit})";

    private static string In2006(KernelPageFlag row) => row.Use switch
    {
        FlagUse.SetsFlag => $"PG_{row.Flag.ToString().ToLowerInvariant()}",
        FlagUse.Decides => "see right",
        FlagUse.LeavesOut => "left out",
        _ => "not carried",
    };

    private static void Row(StringBuilder text, int widest, string today, string in2006, string what) =>
        text.Append($"| {today.PadRight(widest)} | {in2006.PadRight(Width2006)} | {what} |\n");
}
