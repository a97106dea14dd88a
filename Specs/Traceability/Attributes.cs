using NUnit.Framework.Interfaces;

namespace MigrationConformance.Specs;

/// <summary>Ties a spec, or every spec of a fixture, to something that must have one.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
internal abstract class TiedToAttribute : Attribute;

/// <summary>The spec is about a documented step: A1 to A4, B1 to B20.</summary>
internal sealed class StepAttribute(string step) : TiedToAttribute
{
    public string Step { get; } = step;
}

/// <summary>The spec makes a page back out for a reason. Checked after the spec: the reason must have been seen.</summary>
internal sealed class ReasonAttribute(BackOutReason reason) : TiedToAttribute, ITestAction
{
    public BackOutReason Reason { get; } = reason;

    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test) => Witness.Forget();

    public void AfterTest(ITest test) => Assert.That(Witness.Reasons, Does.Contain(Reason), "the reason that the spec is tied to was not seen");
}

/// <summary>The spec is about a function of the kernel, by its name there.</summary>
internal sealed class KernelFunctionAttribute(string function) : TiedToAttribute
{
    public string Function { get; } = function;
}

/// <summary>The spec exercises added lines of the patch: the file, and the lines' numbers in the patched file.</summary>
internal sealed class PatchLinesAttribute(string file, int first, int last) : TiedToAttribute
{
    public const string Vmscan = "mm/vmscan.c", Rmap = "mm/rmap.c", RmapHeader = "include/linux/rmap.h",
        SwapHeader = "include/linux/swap.h", Documentation = "Documentation/vm/page_migration";

    public PatchLinesAttribute(string file, int line)
        : this(file, line, line)
    {
    }

    public string File { get; } = file;

    public int First { get; } = first;

    public int Last { get; } = last;
}
