namespace Serve.Simulation;

/// <summary>Runs seeds on all cores. Each seed has one thread from its begin to its end, so that nothing of it depends on the others.</summary>
internal static class SeedRunner
{
    /// <param name="options">Which seeds.</param>
    /// <param name="onResult">Told of each result, by one thread at a time; false stops.</param>
    public static void Run(SimulationOptions options, Func<SeedResult, bool> onResult)
    {
        var turn = new Lock();
        var next = options.From;
        var mustStop = false;
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        foreach (var worker in workers)
            worker.Start();
        foreach (var worker in workers)
            worker.Join();

        void Work()
        {
            while (!Volatile.Read(ref mustStop))
            {
                var seed = Interlocked.Increment(ref next) - 1;
                if (seed >= options.From + options.Seeds)
                    return;
                var result = SimulationRun.Run(seed, options.Steps, options.Size, options.Plant, options.PrintsTrace);
                lock (turn)
                {
                    if (!mustStop && !onResult(result))
                        mustStop = true;
                }
            }
        }
    }
}
