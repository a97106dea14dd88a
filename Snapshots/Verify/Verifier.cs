using System.Runtime.CompilerServices;
using VerifyTests;

namespace VerifyNUnit;

/// <summary>Compares a text with the approved file of the running test.</summary>
public static class Verifier
{
    public static SettingsTask Verify(string? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify(target, "txt", settings, sourceFile);

    public static SettingsTask Verify(string? target, string extension, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        new(settings, async final =>
        {
            // A test that fails before its first await must fail the task, not the call that made it.
            await Task.CompletedTask;
            string prefix = SnapshotName.Prefix(final, sourceFile, NUnit.Framework.Internal.TestExecutionContext.CurrentContext.CurrentTest);
            Snapshot.Compare(prefix, extension, target, final.AcceptsAll);
        });
}
