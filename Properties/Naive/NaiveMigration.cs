namespace MigrationConformance.Properties.Naive;

/// <summary>
/// A second, deliberately simple implementation of sequential page migration at every patch level, with the system calls
/// that collect pages, to compare the engine with. It shares nothing with the engine but the scenario and result formats.
/// </summary>
/// <remarks>
/// Pages, mappings and the rest are objects that refer to each other, a radix tree is a sorted dictionary, and
/// migrate_pages is one method that calls others, in the order of the kernel's code.
/// </remarks>
public static class NaiveMigration
{
    /// <summary>Runs a scenario.</summary>
    /// <param name="scenarioJson">A valid scenario document.</param>
    /// <returns>The result document on one line.</returns>
    /// <exception cref="NotSupportedException">The scenario is of a patch level that is not implemented here.</exception>
    public static string Run(string scenarioJson)
    {
        (World world, Kernel kernel, BlockedException? blocked, KernelBugException? bug) =
            Run(scenarioJson, standstill: null);
        if (blocked is not null)
        {
            // The step that waits has not been made: run again, and stop where it would begin.
            (world, kernel, _, _) = Run(scenarioJson, kernel.StepsBegun);
        }

        return Rendering.Render(world, kernel, blocked, bug);
    }

    private static (World World, Kernel Kernel, BlockedException? Blocked, KernelBugException? Bug) Run(
        string scenarioJson, int? standstill)
    {
        World world = Loading.Load(scenarioJson);
        var kernel = new Kernel(world, standstill);
        try
        {
            if (world.Call is { } call)
            {
                world.Returned = kernel.SystemCall(call);
            }
            else
            {
                kernel.Caller(world.Before, "Begin");
                world.Returned = kernel.MigratePages();
                kernel.Caller(world.After, "Finished");
            }

            return (world, kernel, null, null);
        }
        catch (BlockedException blocked)
        {
            return (world, kernel, blocked, null);
        }
        catch (KernelBugException bug)
        {
            return (world, kernel, null, bug);
        }
        catch (StandstillException)
        {
            return (world, kernel, null, null);
        }
    }
}
