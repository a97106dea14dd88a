using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>One event in the story of a page.</summary>
/// <param name="Step">The step that was made.</param>
/// <param name="Text">What it did to the page, or why the page left.</param>
internal sealed record StoryEvent(MigrationStep Step, string Text);

/// <summary>What happens to one page during a migration: every step that works on it, and every other step that changes it.</summary>
internal sealed class Story
{
    private readonly Machine m;
    private readonly Pfn page;
    private readonly WatchedEntries entries;
    private readonly Func<MappingPtr, string> nameOf;
    private Page last, lastNew;
    private Pfn newpage = Pfn.None, workedOn = Pfn.None;
    private BackOutReason reasonBefore;

    /// <summary>Makes an empty story.</summary>
    /// <param name="m">The machine before the run.</param>
    /// <param name="page">The page.</param>
    /// <param name="entries">Its page table entries.</param>
    /// <param name="nameOf">The names of mappings.</param>
    public Story(Machine m, Pfn page, WatchedEntries entries, Func<MappingPtr, string> nameOf)
    {
        this.m = m;
        this.page = page;
        this.entries = entries;
        this.nameOf = nameOf;
        last = m.Pages[page.Value];
    }

    /// <summary>The events of each pass in which something happened.</summary>
    public SortedDictionary<int, List<StoryEvent>> Passes { get; } = [];

    /// <summary>The events by pass; passes with the same events stand together.</summary>
    /// <returns>The name of the pass or passes, and the events.</returns>
    public IEnumerable<(string Passes, List<StoryEvent> Events)> Grouped()
    {
        List<(int First, int Last, List<StoryEvent> Events)> groups = [];
        foreach ((int pass, List<StoryEvent> events) in Passes)
        {
            if (groups.Count > 0 && groups[^1].Last == pass - 1 && groups[^1].Events.SequenceEqual(events))
                groups[^1] = groups[^1] with { Last = pass };
            else
                groups.Add((pass, pass, events));
        }
        return groups.Select(group => (group.First == group.Last ? $"pass {group.First}" : $"passes {group.First} to {group.Last}, each", group.Events));
    }

    /// <summary>A step is about to be made.</summary>
    /// <param name="t">The migration.</param>
    public void Before(in KernelTask t)
    {
        workedOn = t.Page;
        reasonBefore = t.Reason;
    }

    /// <summary>A step was made, or the run stopped at it.</summary>
    /// <param name="t">The migration.</param>
    /// <param name="step">The step.</param>
    public void After(in KernelTask t, MigrationStep step)
    {
        bool about = t.Page == page && (workedOn == page || step == MigrationStep.ChoosePage);
        List<string> changes = [.. Changes()];
        if (about && ChangesOfNewPage(t) is { } ofNewPage)
            changes.Add(ofNewPage);
        if (about && step == MigrationStep.SwitchSlot)
            changes.Add($"the tree finds {t.Newpage} now");
        bool asNew = t.Newpage == page && changes.Count > 0;
        if (!about && changes.Count == 0)
            return;
        string prefix = about ? "" : asNew ? $"as the new page of {t.Page}: " : step == MigrationStep.BeginPass ? "others let go: " : $"while {t.Page} is at work: ";
        string text = prefix + string.Join("; ", changes) + (about ? Ending(t, step, changes.Count > 0) : "");
        if (!Passes.TryGetValue(t.Pass, out List<StoryEvent>? events))
            Passes.Add(t.Pass, events = []);
        events.Add(new StoryEvent(step, text));
    }

    private IEnumerable<string> Changes()
    {
        Page before = last;
        last = m.Pages[page.Value];
        return [.. PageText.Changes(before, last, nameOf), .. entries.Changes(page)];
    }

    private string? ChangesOfNewPage(in KernelTask t)
    {
        if (t.Newpage.IsNone)
        {
            newpage = Pfn.None;
            return null;
        }
        bool first = newpage != t.Newpage;
        Page before = lastNew;
        newpage = t.Newpage;
        lastNew = m.Pages[newpage.Value];
        if (first)
            return $"new {newpage}, count {lastNew.Count}, flags {PageText.Flags(lastNew.Flags)}";
        string changes = string.Join(", ", PageText.Changes(before, lastNew, nameOf));
        return changes == "" ? null : $"new page: {changes}";
    }

    private string Ending(in KernelTask t, MigrationStep step, bool changed)
    {
        string separator = changed ? "; " : "";
        if (t.Reason != reasonBefore && t.Reason != BackOutReason.None)
            return $"{separator}{(t.Rc == 0 ? "leaves" : "backs out")}: {Words.Of(t.Reason)}";
        if (step != MigrationStep.FinishPage)
            return "";
        return separator + (t.Rc == 0 ? "goes to moved" : t.Rc == -Errno.EAGAIN ? "stays on from (-EAGAIN)" : $"goes to failed ({t.Rc})");
    }
}

/// <summary>Tells a <see cref="Story"/> what happens.</summary>
internal readonly struct StoryObserver(Story story) : IMigrationObserver
{
    /// <inheritdoc/>
    public void Before(Machine m, TaskId task, MigrationStep step) => story.Before(m.Tasks[task.Value]);

    /// <inheritdoc/>
    public void After(Machine m, TaskId task, MigrationStep step) => story.After(m.Tasks[task.Value], step);
}
