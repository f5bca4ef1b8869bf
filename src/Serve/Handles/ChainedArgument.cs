namespace Serve.Handles;

/// <summary>The result of one call that another call needs.</summary>
internal static class ChainedArgument
{
    /// <summary>Waits for it. Where it fails, the exception is of the same type and names the call as well that is not made for that reason.</summary>
    /// <param name="argument">What is waited for.</param>
    /// <param name="deployment">The deployment that is not called where it fails, or null where that is an object.</param>
    public static async Task<T> WaitAsync<T>(Task<T> argument, string? deployment)
    {
        try
        {
            return await argument;
        }
        catch (ServeException exception) when (deployment is not null)
        {
            throw exception.With($"Deployment '{deployment}' was not called, for its argument failed. {exception.Message}");
        }
    }

    /// <summary>Waits for both, but not for the one where the other has failed.</summary>
    public static async Task<(TFirst First, TSecond Second)> WaitAsync<TFirst, TSecond>(Task<TFirst> first, Task<TSecond> second, string? deployment)
    {
        await Task.WhenAny(first, second);
        if (second.IsCompleted)
            await WaitAsync(second, deployment);
        return (await WaitAsync(first, deployment), await WaitAsync(second, deployment));
    }
}
