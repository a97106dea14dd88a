namespace MigrationConformance.Specs;

/// <summary>Asserts that a call of a kernel function runs into a BUG.</summary>
internal static class Bugs
{
    public static void AssertHit(BugCheck check, Action call) =>
        Assert.That(call, Throws.TypeOf<KernelBugException>().With.Property(nameof(KernelBugException.Check)).EqualTo(check));
}
