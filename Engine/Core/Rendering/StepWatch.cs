using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>Renders what it is told to before and after each step, and turns the differences into the lines of a trace.</summary>
internal sealed class StepWatch(MachineView view, Func<MachineView, string> render, Func<KernelTask, bool> watches)
{
    private readonly List<string> passes = [];
    private readonly StringBuilder pass = new();
    private List<OutlineLine> before = [];
    private string passHead = "";
    private KernelTask locals;
    private bool watching;

    /// <summary>Hands the steps of a run to a watch.</summary>
    internal struct Observer : IMigrationObserver
    {
        public StepWatch Watch;

        public readonly void Before(Machine m, TaskId task, MigrationStep step) => Watch.Before(m.Tasks[task.Value], step);

        public readonly void After(Machine m, TaskId task, MigrationStep step) => Watch.After(m.Tasks[task.Value], step);
    }

    /// <summary>Adds how the run ended.</summary>
    public void End(MigrationResult result)
    {
        ClosePass();
        KernelTask t = result.Task;
        string step = Step((MigrationStep)t.Step);
        passes.Add(result.End switch
        {
            StepResult.Finished => string.Create(CultureInfo.InvariantCulture, $"returns {t.Result}\n"),
            StepResult.Blocked => string.Create(CultureInfo.InvariantCulture, $"blocked: pass {t.Pass}, step {step}, {view.Page(t.Page)}, waits for {t.WaitsFor} {t.WaitsForNumber}\n"),
            _ => string.Create(CultureInfo.InvariantCulture, $"bug: check {result.Run.Machine.Bug.Check}, in {KernelBugChecks.Function(result.Run.Machine.Bug.Check)}, pass {t.Pass}, step {step}, {view.Page(result.Run.Machine.Bug.Page)}\n"),
        });
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0; i < passes.Count; i++)
        {
            int last = i;
            while (last + 1 < passes.Count && Body(passes[last + 1]) == Body(passes[i]) && passes[i].StartsWith("pass", StringComparison.Ordinal))
                last++;
            text.Append(passes[i]);
            if (last > i)
                text.Append(Same(i, last));
            i = last;
        }
        return text.ToString();
    }

    private string Same(int first, int last)
    {
        string Name(int i) => passes[i][..passes[i].AsSpan().IndexOfAny(":\n")];
        return last == first + 1
            ? $"{Name(last)} as {Name(first)}\n"
            : $"{Name(first + 1)} to {Name(last)} as {Name(first)}\n";
    }

    private static string Body(string pass) => pass[pass.AsSpan().IndexOfAny(":\n")..];

    private void Before(in KernelTask t, MigrationStep step)
    {
        locals = t;
        KernelTask next = t;
        if (step == MigrationStep.ChoosePage)
            next.Page = t.Page2;
        watching = step == MigrationStep.BeginPass || watches(next);
        if (watching)
            before = Outline.Parse(render(view));
    }

    private void After(in KernelTask t, MigrationStep step)
    {
        if (step is MigrationStep.Begin or MigrationStep.FinishPass || !watching)
            return;
        string changed = Changes(Outline.Parse(render(view)));
        switch (step)
        {
            case MigrationStep.BeginPass:
                ClosePass();
                passHead = string.Create(CultureInfo.InvariantCulture, $"pass {t.Pass}") + (changed.Length > 0 ? ": " : "") + changed + "\n";
                break;
            case MigrationStep.ChoosePage when t.Page.IsNone:
                break;
            case MigrationStep.ChoosePage:
                pass.Append("  ").Append(view.Page(t.Page)).Append(Line("", t, changed)).Append('\n');
                break;
            default:
                pass.Append("    ").Append(Step(step)).Append(Line(Answer(step, t), t, changed)).Append('\n');
                break;
        }
    }

    private void ClosePass()
    {
        if (passHead.Length > 0)
            passes.Add(passHead + pass);
        passHead = "";
        pass.Clear();
    }


    private static string Step(MigrationStep step) =>
        (step <= MigrationStep.MoveToLru ? ((int)step).ToString(CultureInfo.InvariantCulture) : "-") + $" {step}";

    // The reason stands with the step that gave it; the answer with the step that ends the attempt.
    private string Line(string answer, in KernelTask t, string changed)
    {
        string why = t.Reason != BackOutReason.None && locals.Reason != t.Reason ? $"leaves {t.Reason}" : "";
        string[] parts = Array.FindAll([why, answer, changed], part => part.Length > 0);
        return parts.Length == 0 ? "" : ": " + string.Join(", ", parts);
    }

    private string Answer(MigrationStep step, in KernelTask t) => step != MigrationStep.FinishPage ? "" : locals.Rc switch
    {
        0 => "rc 0",
        -Errno.EAGAIN => "rc -EAGAIN",
        -Errno.ENOMEM => "rc -ENOMEM",
        _ => string.Create(CultureInfo.InvariantCulture, $"rc {t.Rc}"),
    };

    // All changes of one subject stand together, subjects in the order of the rendering.
    private string Changes(List<OutlineLine> after)
    {
        var text = new StringBuilder();
        string? last = null;
        foreach (OutlineChange change in OutlineDiff.Between(before, after))
        {
            string path = change.Line.Path;
            text.Append(path == last ? " " : (text.Length == 0 ? "" : ", ") + path + " ").Append(change.InWords());
            last = path;
        }
        return text.ToString();
    }
}
