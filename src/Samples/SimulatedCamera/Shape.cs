namespace SimulatedCamera;

/// <summary>What moves before the simulated camera: the classes of its recordings.</summary>
public enum Shape
{
    Circle,
    Cross,
    Square,
    Triangle,
}
