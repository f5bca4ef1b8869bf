using System.Globalization;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Wire.Control;

namespace Serve.Server.Node.Resources;

/// <summary>
/// Makes a worker keep to what its replica has reserved on this node, as far as its environment can: GPUs, threads, managed memory. All
/// bundles of a placement group that lie on the node count. Pure.
/// </summary>
internal static class WorkerShares
{
    public const string ProcessorCount = "DOTNET_PROCESSOR_COUNT";
    public const string MinThreads = "DOTNET_ThreadPool_ForceMinWorkerThreads";
    public const string HeapLimit = "DOTNET_GCHeapHardLimit";

    /// <summary>A pool with fewer threads stands still where a few requests block, and grows by one thread or two per second.</summary>
    private const int FewestPoolThreads = 4;

    /// <summary>The part of a container's memory that .NET takes for its heap; the rest is for native memory, stacks and code.</summary>
    private const double HeapPart = 0.75;

    /// <summary>Variables for the process. What the user sets in <c>runtime_env.env_vars</c> wins, except for the GPUs: those belong to others.</summary>
    /// <param name="desired">The order.</param>
    /// <param name="node">This node.</param>
    /// <param name="gpuDevices">The node's GPUs as CUDA knows them.</param>
    /// <param name="machineCpus">The CPUs that there are, whatever the operator says the node has.</param>
    public static IReadOnlyDictionary<string, string> Environment(DesiredReplica desired, string node, IReadOnlyList<string> gpuDevices, int machineCpus)
    {
        var here = desired.AllReserved(node).Where(bundle => bundle.Node == node).ToList();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [CudaVariables.VisibleDevices] = string.Join(',', here.SelectMany(bundle => bundle.Gpus).Distinct().Order().Where(index => index < gpuDevices.Count).Select(index => gpuDevices[index])),
        };
        Offer(CudaVariables.DeviceOrder, CudaVariables.PciOrder);
        if (Cpus(here) is { } cpus)
        {
            // Whole processors, and no more than there are: .NET sizes its pool, its heaps and its I/O queues by them.
            var processors = (int)Math.Clamp(Math.Ceiling(cpus), 1, machineCpus);
            Offer(ProgramContract.CpusVariable, cpus.ToString(CultureInfo.InvariantCulture));
            Offer(ProcessorCount, processors.ToString(CultureInfo.InvariantCulture));
            Offer(MinThreads, Math.Max(processors, FewestPoolThreads).ToString("x", CultureInfo.InvariantCulture));
        }

        if (MemoryBytes(here) is { } bytes)
            Offer(HeapLimit, ((long)(bytes * HeapPart)).ToString("x", CultureInfo.InvariantCulture));
        return environment;

        void Offer(string name, string value)
        {
            if (!desired.EnvVars.ContainsKey(name))
                environment[name] = value;
        }
    }

    /// <summary>The CPUs that are reserved, or null where nothing was said of them.</summary>
    public static double? Cpus(IEnumerable<ReservedBundle> bundles) => bundles.Sum(bundle => bundle.CpuUnits) is > 0 and var units ? new ResourceAmount(units).Value : null;

    /// <summary>The memory that is reserved, or null where nothing was said of it.</summary>
    public static long? MemoryBytes(IEnumerable<ReservedBundle> bundles) => bundles.Sum(bundle => bundle.MemoryUnits) is > 0 and var units ? units / ResourceAmount.UnitsPerOne : null;
}
