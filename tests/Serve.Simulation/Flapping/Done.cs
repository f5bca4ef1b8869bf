namespace Serve.Simulation.Flapping;

/// <summary>Takes the result of what is done already.</summary>
internal static class Done
{
    /// <exception cref="InvalidOperationException">It is not done.</exception>
    public static T Result<T>(Task<T> task)
    {
        if (!task.IsCompleted)
            throw new InvalidOperationException("This takes real time, which a simulation does not have.");
#pragma warning disable VSTHRD002 // Nothing is waited for.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
