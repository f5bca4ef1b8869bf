namespace Serve.Onnx;

/// <summary>What happens to the memory that a run has worked in.</summary>
public enum OnnxArena
{
    /// <summary>It is kept for the next runs, as much as the largest of them needed: the fastest.</summary>
    Kept,

    /// <summary>What is unused at the end of a run goes back: for models with few but large requests.</summary>
    Shrunk,

    /// <summary>Each tensor is allocated by itself: the smallest, and slower.</summary>
    None,
}
