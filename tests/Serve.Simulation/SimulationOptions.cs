using System.Globalization;
using Serve.Simulation.Plants;
using Serve.Simulation.World;

namespace Serve.Simulation;

/// <summary>What the command line asks for.</summary>
internal sealed record SimulationOptions
{
    public int Seeds { get; init; } = 200;

    public int From { get; init; }

    public int Steps { get; init; } = 400;

    public ClusterSize Size { get; init; } = ClusterSize.Default;

    public Plant Plant { get; init; } = Plant.None;

    /// <summary>Whether to print every step of every seed.</summary>
    public bool PrintsTrace { get; init; }

    /// <exception cref="ArgumentException">An argument is not known, or its value is none.</exception>
    public static SimulationOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SimulationOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--trace" => options with { PrintsTrace = true },
                "--seeds" => options with { Seeds = Number(name, arguments.ElementAtOrDefault(++i), 1) },
                "--from" => options with { From = Number(name, arguments.ElementAtOrDefault(++i), 0) },
                "--steps" => options with { Steps = Number(name, arguments.ElementAtOrDefault(++i), 1) },
                "--nodes" => options with { Size = options.Size with { Nodes = Number(name, arguments.ElementAtOrDefault(++i), 1) } },
                "--replicas" => options with { Size = options.Size with { Replicas = Number(name, arguments.ElementAtOrDefault(++i), 1) } },
                "--plant" => options with { Plant = ToPlant(arguments.ElementAtOrDefault(++i)) },
                _ => throw new ArgumentException($"'{name}' is not known; there are --seeds, --from, --steps, --nodes, --replicas, --plant, --trace, and the command 'scale'.", nameof(arguments)),
            };
        }

        return options;
    }

    private static int Number(string name, string? value, int least) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new ArgumentException($"{name} needs a whole number from {least} on, not '{value}'.", nameof(value));

    private static Plant ToPlant(string? value) => Enum.TryParse<Plant>(value, ignoreCase: true, out var plant)
        ? plant
        : throw new ArgumentException($"--plant '{value}' is not known; there are {string.Join(", ", Enum.GetNames<Plant>())}.", nameof(value));
}
