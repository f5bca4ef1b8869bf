using System.Runtime.CompilerServices;
using Serve.Onnx;

namespace Serve.ModelServer.Models;

/// <summary>
/// Each run of a model blocks a thread of the pool, which makes new ones slowly once its least number are busy: requests would wait for threads while cores are idle. So the least number
/// is as many more as all models of the process have instances. Models that have gone count until they are collected.
/// </summary>
internal static class PoolThreads
{
    private static readonly Lock Lock = new();
    private static readonly ConditionalWeakTable<LoadedModel, Lock> Models = [];
    private static int s_usual;

    public static void MakeRoomFor(LoadedModel model)
    {
        lock (Lock)
        {
            ThreadPool.GetMinThreads(out var least, out var completions);
            if (s_usual == 0)
                s_usual = least;
            Models.TryAdd(model, Lock);
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.SetMinThreads(Math.Min(s_usual + Models.Sum(static pair => pair.Key.Instances.Sum(static instances => instances.Group.Count)), most), completions);
        }
    }
}
