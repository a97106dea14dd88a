using System.CommandLine;

namespace MigrationConformance.Cli;

/// <summary>The entry point: reads the command line and leaves the work to the engine.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        RootCommand root = new("Runs the page migration of the kernel patch step by step on a modelled machine.");
        return root.Parse(args).Invoke();
    }
}
