namespace Serve.Batching;

/// <summary>The callers of a batch that runs.</summary>
internal interface IBatchCallers
{
    int Count { get; }

    bool HasLeft(int index);
}
