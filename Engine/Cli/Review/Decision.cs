using System;
using System.IO;

namespace MigrationConformance.Cli.Review;

/// <summary>What a reviewer decides, done at once, so that a review can be left at any moment.</summary>
internal static class Decision
{
    /// <summary>Refuses to go on where nobody can have looked.</summary>
    /// <exception cref="UserError"><c>CI</c> is set.</exception>
    public static void RefuseUnderCi()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            throw new UserError("CI is set: nothing is accepted on a build server");
    }

    /// <summary>Accepts a snapshot: the received file takes the name of the approved one, in one rename.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="UserError">The received file is another one than was shown, or cannot be renamed.</exception>
    public static void Accept(PendingSnapshot snapshot)
    {
        try
        {
            if (File.ReadAllText(snapshot.Received) != snapshot.Text)
                throw new UserError($"{snapshot.Name} was received again since it was shown: start the review anew");
            File.Move(snapshot.Received, snapshot.Verified, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{snapshot.Name} cannot be accepted: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Rejects a snapshot: the received file goes, the approved one stays as it is.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="UserError">The received file cannot be deleted.</exception>
    public static void Reject(PendingSnapshot snapshot)
    {
        try
        {
            File.Delete(snapshot.Received);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{snapshot.Name} cannot be rejected: {e.Message.TrimEnd('.')}");
        }
    }
}
