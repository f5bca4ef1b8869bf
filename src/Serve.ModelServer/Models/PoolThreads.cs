namespace Serve.ModelServer.Models;

/// <summary>
/// Each run of a model blocks a thread of the pool, which makes new ones slowly once its least number are busy: requests would wait for threads while cores are idle. So the least number
/// grows with the instances. It does not shrink when models go: idle threads end by themselves.
/// </summary>
internal static class PoolThreads
{
    private static readonly Lock Lock = new();

    public static void MakeRoomFor(int instances)
    {
        lock (Lock)
        {
            ThreadPool.GetMinThreads(out var workers, out var completions);
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.SetMinThreads(Math.Min(workers + instances, most), completions);
        }
    }
}
