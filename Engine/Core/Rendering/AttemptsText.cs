using System.Text;

namespace MigrationConformance.Core;

/// <summary>A migration as text, one line an attempt: how each page fared in each pass, and what the call returned.</summary>
public static class AttemptsText
{
    /// <summary>Runs a machine and tells each attempt. The machine is changed.</summary>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <returns>Lines that end in a line feed; the last one says how it ended.</returns>
    public static string Run(ScenarioMachine run)
    {
        var view = new MachineView(run);
        var observer = new Observer { View = view, Passes = new PassBlocks() };
        MigrationResult result = MigrationRun.Run(run, ref observer);
        return observer.Passes + PassBlocks.Ending(view, result) + "\n";
    }

    /// <summary>Two texts side by side: the left one padded to its widest line.</summary>
    /// <param name="left">Lines that end in a line feed.</param>
    /// <param name="right">Lines that end in a line feed.</param>
    /// <returns>Lines that end in a line feed, as many as the longer text has.</returns>
    public static string SideBySide(string left, string right)
    {
        string[] lefts = left.TrimEnd('\n').Split('\n'), rights = right.TrimEnd('\n').Split('\n');
        int width = 0;
        foreach (string line in lefts)
            width = Math.Max(width, line.Length);
        var text = new StringBuilder();
        for (int i = 0; i < Math.Max(lefts.Length, rights.Length); i++)
        {
            string l = i < lefts.Length ? lefts[i] : "", r = i < rights.Length ? rights[i] : "";
            text.Append((l.PadRight(width) + " | " + r).TrimEnd()).Append('\n');
        }
        return text.ToString();
    }

    private struct Observer : IMigrationObserver
    {
        public MachineView View;
        public PassBlocks Passes;

        public readonly void Before(Machine m, TaskId task, MigrationStep step)
        {
        }

        public readonly void After(Machine m, TaskId task, MigrationStep step)
        {
            ref KernelTask t = ref m.Tasks[task.Value];
            if (step == MigrationStep.Begin && t.Call != 0)
                Passes.Part($"call {m.PolicyCalls[t.Call - 1].NrCalls}", $"from {Names(m, t.From)}, to {(t.To.IsNone ? "none" : Names(m, t.To))}");
            else if (step == MigrationStep.BeginPass)
                Passes.Begin(t.Pass, "");
            else if (step == MigrationStep.FinishPage)
                Passes.Line(1, $"{View.Page(t.Page)}: {How(t)}, rc {PassBlocks.Rc(t.Rc)}");
            else if (step == MigrationStep.ChoosePage && t.Reason == BackOutReason.ToEmpty && !t.Page.IsNone)
                Passes.Line(1, $"{View.Page(t.Page)}: not attempted, why {t.Reason}");
        }

        private readonly string Names(Machine m, ListId list)
        {
            var names = new List<string>();
            foreach (Pfn page in PageList.Walk(m, list))
                names.Add(View.Page(page));
            return string.Join(", ", names);
        }

        private readonly string How(in KernelTask t) =>
            t.Reason == BackOutReason.None ? $"migrated to {View.Page(t.Newpage)}" : $"leaves at {(MigrationStep)t.ReasonStep}, why {t.Reason}";
    }
}
