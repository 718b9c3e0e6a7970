"""How many rows a table holds."""

from sqlalchemy import func, select

from gateway.core.database import Base
from gateway.service import Service


async def count(service: Service, table: type[Base]) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0
