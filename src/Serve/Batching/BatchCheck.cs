using Microsoft.Extensions.Logging;

namespace Serve.Batching;

/// <summary>Looks at the start of a replica whether its batches can fill up.</summary>
internal static partial class BatchCheck
{
    public static void Warn(object target, int maxOngoingRequests, ILogger logger)
    {
        foreach (var declaration in BatchDeclaration.AllOf(target.GetType()))
        {
            var options = BatchedObject.FindSettings(target, declaration.Method)?.Options ?? declaration.Options;
            if ((long)options.MaxBatchSize * options.MaxConcurrentBatches > maxOngoingRequests)
                LogNeverFull(logger, declaration.Name, options.MaxBatchSize, options.MaxConcurrentBatches, maxOngoingRequests);
        }
    }

    [LoggerMessage(EventId = 2400, Level = LogLevel.Warning, Message = "The batches of {Method} may never be full: MaxBatchSize {Size} times MaxConcurrentBatches {Concurrent} is more than "
        + "max_ongoing_requests {Ongoing}, so that fewer items than that come at the same time; raise max_ongoing_requests, or make the batches smaller")]
    private static partial void LogNeverFull(ILogger logger, string method, int size, int concurrent, int ongoing);
}
